import { expect } from "bun:test";
import {
  createHash,
  generateKeyPairSync,
  randomBytes,
  sign,
} from "node:crypto";
import type { KeyObject } from "node:crypto";
import type { TestAccount } from "../support/network.ts";
import { createPerson, type Person, type Screen } from "./person.ts";

/** An application that can do everything wrong: each message is made by hand. */

export const REDIRECT_URI = "http://127.0.0.1/callback";

export interface KeyPair {
  privateKey: KeyObject;
  publicJwk: Record<string, unknown>;
}

export function createKeyPair(namedCurve = "P-256"): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve });
  return { privateKey, publicJwk: { ...publicKey.export({ format: "jwk" }) } };
}

/** A JWT of an EC key. */
export function signJwt(
  { privateKey }: KeyPair,
  header: object,
  claims: object,
): string {
  const input = [header, claims].map(encode).join(".");
  const signature = sign("sha256", Buffer.from(input), {
    key: privateKey,
    dsaEncoding: "ieee-p1363",
  });
  return `${input}.${signature.toString("base64url")}`;
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

export interface ProofOptions {
  method: string;
  url: string;
  nonce?: string | undefined;
  accessToken?: string;
  key?: KeyPair;
  header?: object;
  claims?: object;
}

export interface RawAnswer {
  status: number;
  headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any
  body: any;
}

export interface TokenSet {
  access_token: string;
  refresh_token: string;
  scope: string;
  sub: string;
  expires_in: number;
}

export interface RawClient {
  clientId: string;
  key: KeyPair;
  verifier: string;
  proof(options: ProofOptions): string;
  /** Sends a form, with a proof that has the newest nonce unless one is given. */
  post(
    path: string,
    fields: Record<string, string>,
    options?: PostOptions,
  ): Promise<RawAnswer>;
  /** A request as it should be, with changes. */
  push(
    changes?: Record<string, string | undefined>,
    options?: PostOptions,
  ): Promise<RawAnswer>;
  authorizeUrl(requestUri: string): string;
  exchange(
    code: string,
    changes?: Record<string, string>,
    options?: PostOptions,
  ): Promise<RawAnswer>;
  refresh(token: string, options?: PostOptions): Promise<RawAnswer>;
  /** Calls a method with the token and a proof for it. */
  call(
    nsid: string,
    accessToken: string,
    options?: CallOptions,
  ): Promise<RawAnswer>;
  /** All the way from the request to the answer of a person who allows it. */
  askFor(
    account: TestAccount,
    decision?: Record<string, string | string[]>,
  ): Promise<{ code: string; back: URL; person: Person; page: Screen }>;
  signIn(account: TestAccount): Promise<TokenSet>;
}

export interface PostOptions {
  proof?: string | null;
  key?: KeyPair;
  clientId?: string;
}

export interface CallOptions {
  proof?: string | null;
  scheme?: string;
  input?: object;
  key?: KeyPair;
  params?: Record<string, string | string[]>;
  headers?: Record<string, string>;
  body?: Uint8Array;
  /** POST when there is a body, else GET. */
  method?: string;
}

export function createRawClient(
  url: string,
  scope = "atproto transition:generic",
): RawClient {
  const key = createKeyPair();
  const verifier = randomBytes(32).toString("base64url");
  const query = new URLSearchParams({ scope, redirect_uri: REDIRECT_URI });
  const clientId = `http://localhost?${query}`;
  let nonce: string | undefined;

  function proof(options: ProofOptions): string {
    const { method, accessToken, key: signer = key } = options;
    const header = {
      typ: "dpop+jwt",
      alg: "ES256",
      jwk: signer.publicJwk,
      ...options.header,
    };
    return signJwt(signer, header, {
      jti: randomBytes(16).toString("base64url"),
      htm: method,
      htu: options.url,
      iat: Math.floor(Date.now() / 1000),
      nonce: "nonce" in options ? options.nonce : nonce,
      ...(accessToken !== undefined && { ath: hash(accessToken) }),
      ...options.claims,
    });
  }

  async function take(response: Response): Promise<RawAnswer> {
    nonce = response.headers.get("dpop-nonce") ?? nonce;
    const { status, headers } = response;
    const text = await response.text();
    const isJson = headers.get("content-type")?.includes("json") ?? false;
    return { status, headers, body: isJson ? JSON.parse(text) : null };
  }

  async function post(
    path: string,
    fields: Record<string, string>,
    options: PostOptions = {},
  ): Promise<RawAnswer> {
    if (nonce === undefined) await learnNonce();
    const href = `${url}${path}`;
    const given =
      options.proof === undefined
        ? proof({
            method: "POST",
            url: href,
            ...(options.key && { key: options.key }),
          })
        : options.proof;
    return take(
      await fetch(href, {
        method: "POST",
        headers: given === null ? {} : { dpop: given },
        body: new URLSearchParams({
          client_id: options.clientId ?? clientId,
          ...fields,
        }),
      }),
    );
  }

  async function learnNonce(): Promise<void> {
    await take(
      await fetch(`${url}/oauth/token`, {
        method: "POST",
        body: new URLSearchParams({ client_id: clientId }),
      }),
    );
  }

  const client: RawClient = {
    ...{ clientId, key, verifier, proof, post },
    push(changes = {}, options = {}) {
      const fields: Record<string, string | undefined> = {
        response_type: "code",
        redirect_uri: REDIRECT_URI,
        scope,
        state: "state-of-the-client",
        code_challenge: hash(verifier),
        code_challenge_method: "S256",
        ...changes,
      };
      const given = Object.entries(fields).filter(
        (field): field is [string, string] => field[1] !== undefined,
      );
      return post("/oauth/par", Object.fromEntries(given), options);
    },
    authorizeUrl: (requestUri) =>
      `${url}/oauth/authorize?${new URLSearchParams({ client_id: clientId, request_uri: requestUri })}`,
    exchange: (code, changes = {}, options = {}) =>
      post(
        "/oauth/token",
        {
          grant_type: "authorization_code",
          code,
          redirect_uri: REDIRECT_URI,
          code_verifier: verifier,
          ...changes,
        },
        options,
      ),
    refresh: (refresh_token, options = {}) =>
      post(
        "/oauth/token",
        { grant_type: "refresh_token", refresh_token },
        options,
      ),
    async call(nsid, accessToken, options = {}) {
      const href = `${url}/xrpc/${nsid}`;
      const hasBody = options.input !== undefined || options.body !== undefined;
      const method = options.method ?? (hasBody ? "POST" : "GET");
      const given =
        options.proof === undefined
          ? proof({
              method,
              url: href,
              accessToken,
              ...(options.key && { key: options.key }),
            })
          : options.proof;
      const search = new URLSearchParams(
        Object.entries(options.params ?? {}).flatMap(([name, value]) =>
          [value].flat().map((one) => [name, one]),
        ),
      );
      return take(
        await fetch(`${href}?${search}`, {
          method,
          headers: {
            authorization: `${options.scheme ?? "DPoP"} ${accessToken}`,
            ...(given !== null && { dpop: given }),
            ...(options.input !== undefined && {
              "content-type": "application/json",
            }),
            ...options.headers,
          },
          ...(options.input !== undefined && {
            body: JSON.stringify(options.input),
          }),
          ...(options.body !== undefined && { body: options.body as BodyInit }),
        }),
      );
    },
    async askFor(account, decision = { decision: "allow" }) {
      const pushed = await client.push();
      if (pushed.status !== 201) throw new Error(JSON.stringify(pushed.body));
      const person = createPerson(url);
      const form = await person.open(
        client.authorizeUrl(pushed.body.request_uri),
      );
      const page = await person.submit(form, {
        identifier: account.handle,
        password: account.password,
      });
      const { url: href } = await person.submit(page, decision);
      const back = new URL(href);
      return { code: back.searchParams.get("code") ?? "", back, person, page };
    },
    async signIn(account) {
      const { code } = await client.askFor(account);
      const { status, body } = await client.exchange(code);
      if (status !== 200) throw new Error(JSON.stringify(body));
      return body;
    },
  };
  return client;
}

export function hash(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}

export function expectRefused(
  answer: RawAnswer,
  status: number,
  error: string,
): void {
  const seen = { status: answer.status, error: answer.body?.error };
  expect(seen).toEqual({ status, error });
}
