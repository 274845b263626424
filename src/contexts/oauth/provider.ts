import { createHash } from "node:crypto";
import {
  InvalidClientError,
  InvalidGrantError,
  InvalidRequestError,
} from "@atproto/oauth-provider/errors";
import {
  OAuthProvider,
  type OAuthProviderOptions,
} from "@atproto/oauth-provider/provider";
import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/log.ts";
import { createKeyedMutex } from "#lib/mutex.ts";
import type { Did } from "#repo/syntax.ts";
import type {
  OAuthTokenRow,
  OAuthTokenRows,
} from "#storage/account/oauth-tokens.ts";
import type { EventKind } from "#contexts/security/event-kinds.ts";
import type { SecurityEvents } from "#contexts/security/events.ts";
import { tolerateAhead } from "./ahead.ts";
import { nameOf } from "./client-name.ts";
import { errorPayload } from "./fault.ts";
import { createGrace } from "./grace.ts";
import { hashSecret, isSameHash } from "./hash.ts";

type Overrides = OAuthProvider;
type Client = Parameters<Overrides["refreshTokenGrant"]>[0];
type ClientAuth = Parameters<Overrides["refreshTokenGrant"]>[1];
type Answer = Awaited<ReturnType<Overrides["token"]>>;

/** Who wants to refresh a token. */
interface Refresh {
  client: Client;
  clientAuth: ClientAuth;
  from: Parameters<Overrides["refreshTokenGrant"]>[2];
  jkt: string | null;
}

export interface TempestProviderDeps {
  options: OAuthProviderOptions;
  tokens: OAuthTokenRows;
  events: Pick<SecurityEvents, "record">;
  /** Whether somebody may act for an account. */
  isDelegate(did: Did, controllerDid: Did): boolean;
  clock: Clock;
  log: Logger;
}

/**
 * The protocol's own classes, with what this server is stricter or kinder in:
 * an application's two keys must differ, nonces grow old while nobody calls,
 * unsigned request objects are refused, nobody is sent away for not being
 * signed in yet, and a refresh whose answer was lost may be repeated.
 */
export class TempestProvider extends OAuthProvider {
  readonly #deps: TempestProviderDeps;
  readonly #grace;
  readonly #turns = createKeyedMutex({ maxWaitMs: 10_000 });

  constructor(deps: TempestProviderDeps) {
    super(deps.options);
    this.#deps = deps;
    this.#grace = createGrace<Answer>(deps.clock);
    const { clientManager } = this;
    const getClient = clientManager.getClient.bind(clientManager);
    clientManager.getClient = async (id) =>
      tolerateAhead(await getClient(id), deps.clock);
  }

  /**
   * The reference compares thumbprints of two hashes, which never agree.
   * @see https://atproto.com/specs/oauth#confidential-client-authentication
   */
  protected override async authenticateClient(
    ...args: Parameters<OAuthProvider["authenticateClient"]>
  ): ReturnType<OAuthProvider["authenticateClient"]> {
    const found = await super.authenticateClient(...args);
    const { client, clientAuth } = found;
    const [, proof] = args;
    if (clientAuth.method === "private_key_jwt" && proof !== null) {
      const key = client.jwks?.keys.find(({ kid }) => kid === clientAuth.kid);
      if (key === undefined || thumbprintOf(key) === proof.jkt) {
        throw new InvalidClientError(
          "The key of the client assertion must not sign DPoP proofs",
        );
      }
    }
    return found;
  }

  /**
   * The reference turns its nonces over when it gives one out, and not when one
   * comes back: after a quiet night the first call would get in with an old one.
   * @see https://www.rfc-editor.org/rfc/rfc9449#section-8
   */
  override async checkDpopProof(
    ...args: Parameters<OAuthProvider["checkDpopProof"]>
  ): ReturnType<OAuthProvider["checkDpopProof"]> {
    this.nextDpopNonce();
    return super.checkDpopProof(...args);
  }

  /** Who an application is, by what it sends alone. */
  identify(credentials: Parameters<OAuthProvider["authenticateClient"]>[0]) {
    const options = { allowMissingDpopProof: true };
    return this.authenticateClient(credentials, null, options);
  }

  /**
   * Whoever asks has been shown it, so the answer that it came in was not lost.
   * @throws OAuthError for what is no token of ours.
   */
  async findByAccessToken(token: string): Promise<OAuthTokenRow | null> {
    if (token.split(".").length !== 3) return null;
    const signed = token as Parameters<
      OAuthProvider["tokenManager"]["findByAccessToken"]
    >[0];
    const info = await this.tokenManager
      .findByAccessToken(signed)
      .catch((error: unknown) => {
        // What is wrong with it is told by several libraries.
        if (error instanceof Error) return null;
        throw error;
      });
    const id = info && findTokenId(token);
    if (!id) return null;
    this.#grace.forget(hexHash(id));
    return this.#deps.tokens.findByToken(hashSecret(id));
  }

  override async decodeJAR(
    ...args: Parameters<OAuthProvider["decodeJAR"]>
  ): ReturnType<OAuthProvider["decodeJAR"]> {
    const [client] = args;
    if (client.metadata.request_object_signing_alg === "none") {
      throw new InvalidRequestError("Request objects must be signed");
    }
    return withSignIn(await super.decodeJAR(...args));
  }

  override async pushedAuthorizationRequest(
    ...[credentials, request, proof]: Parameters<
      OAuthProvider["pushedAuthorizationRequest"]
    >
  ): ReturnType<OAuthProvider["pushedAuthorizationRequest"]> {
    const wanted = "request" in request ? request : withSignIn(request);
    return super.pushedAuthorizationRequest(credentials, wanted, proof);
  }

  /** One after the other, so that of two that come at once the second is told the same. */
  protected override async refreshTokenGrant(
    ...args: Parameters<OAuthProvider["refreshTokenGrant"]>
  ): Promise<Answer> {
    const [client, clientAuth, from, { refresh_token: token }, proof] = args;
    const key = hexHash(token);
    return this.#turns.run(key, async () => {
      const jkt = proof?.jkt ?? null;
      const kept = this.#judge(token, { client, clientAuth, from, jkt });
      if (kept !== null) return kept;
      const { ...answer } = await super.refreshTokenGrant(...args);
      const successor = hexHash(tokenIdOf(answer.access_token));
      this.#grace.keep(key, { answer, successor });
      return answer;
    });
  }

  /** The answer that was given for the token before; null when it is to be looked at. */
  #judge(
    token: string,
    { client, clientAuth, from, jkt }: Refresh,
  ): Answer | null {
    const { tokens, log } = this.#deps;
    const hash = hashSecret(token);
    const row = tokens.findByRefresh(hash);
    if (row === null) return null;
    const parameters = JSON.parse(row.parametersJson) as { dpop_jkt?: string };
    const isTheirs =
      row.clientId === client.id &&
      (parameters.dpop_jkt ?? null) === jkt &&
      isSameAuth(JSON.parse(row.clientAuthJson), clientAuth);
    const seen = { did: row.did, clientId: client.id };
    const record = (kind: EventKind) => this.#record(kind, row, from);
    // Whoever has a token but not its key stole it; that must not sign people out.
    if (!isTheirs) {
      log.warn("oauth.refresh_by_another_key", seen);
      record("tokenWithOtherKey");
      throw new InvalidGrantError("The refresh token is bound to another key");
    }
    this.#checkController(row);
    if (isSameHash(row.refreshHash, hash)) {
      this.#grace.forget(Buffer.from(row.tokenHash).toString("hex"));
      return null;
    }
    const kept = this.#grace.find(Buffer.from(hash).toString("hex"));
    if (kept === null) {
      log.warn("oauth.refresh_reused", seen);
      record("tokenReused");
    }
    return kept;
  }

  /** Whoever may not act for the account any more is signed out. */
  #checkController({ id, did, controllerDid }: OAuthTokenRow): void {
    const { isDelegate, tokens } = this.#deps;
    if (controllerDid === null || isDelegate(did, controllerDid)) return;
    tokens.remove(id);
    throw new InvalidGrantError(
      "Who signed in may not act for this account any more",
    );
  }

  #record(kind: EventKind, row: OAuthTokenRow, from: Refresh["from"]): void {
    const { did, clientId, controllerDid: actor } = row;
    const { ipAddress: ip, userAgent = null } = from;
    const detail = { application: nameOf(clientId) };
    const event = { did, kind, actor, clientId, detail };
    this.#deps.events.record({ ...event, from: { ip, userAgent } });
  }

  /**
   * The reference answers as if the token had been revoked, also where it was
   * not because the application proved nothing, or lacks the token's key.
   * @see https://www.rfc-editor.org/rfc/rfc7009#section-2.1
   */
  override async revoke(
    ...[credentials, { token }, proof]: Parameters<OAuthProvider["revoke"]>
  ): Promise<void> {
    const { client, clientAuth } = await this.authenticateClient(
      credentials,
      proof,
    );
    const found = await this.tokenManager
      .findToken(token)
      .catch((error: unknown) => {
        // What is no token of ours is worth nothing already: RFC 7009 §2.2.
        if (errorPayload(error).status < 500) return null;
        throw error;
      });
    if (found === null) return;
    await this.compareClientAuth(client, clientAuth, proof, found.data);
    await this.tokenManager.deleteToken(found.id);
  }

  protected override async decodeToken(
    ...args: Parameters<OAuthProvider["decodeToken"]>
  ): ReturnType<OAuthProvider["decodeToken"]> {
    const payload = await super.decodeToken(...args);
    this.#grace.forget(hexHash(tokenIdOf(args[1])));
    return payload;
  }
}

/** The members that make up a key, in order. @see RFC 7638 §3.2, RFC 8037 §2 */
const MEMBERS: Record<string, readonly string[]> = {
  EC: ["crv", "kty", "x", "y"],
  OKP: ["crv", "kty", "x"],
  RSA: ["e", "kty", "n"],
};

/** @see https://www.rfc-editor.org/rfc/rfc7638 */
export function thumbprintOf(jwk: object): string {
  const key = jwk as Record<string, unknown>;
  const members = MEMBERS[String(key.kty)] ?? [];
  const json = JSON.stringify(
    Object.fromEntries(members.map((name) => [name, key[name]])),
  );
  return createHash("sha256").update(json).digest("base64url");
}

function isSameAuth(
  before: { method: string; kid?: string; jkt?: string },
  now: ClientAuth,
): boolean {
  if (now.method === "none") return before.method === "none";
  // An application may begin to prove who it is; never the other way.
  if (before.method === "none") return true;
  return before.kid === now.kid && before.jkt === now.jkt;
}

function hexHash(secret: string): string {
  return Buffer.from(hashSecret(secret)).toString("hex");
}

/** Of a token that we signed ourselves. */
function tokenIdOf(accessToken: string): string {
  return findTokenId(accessToken)!;
}

/** The id that an access token names, whoever made it. */
export function findTokenId(accessToken: string): string | null {
  const body = Buffer.from(accessToken.split(".")[1] ?? "", "base64url");
  try {
    const { jti } = JSON.parse(body.toString()) as { jti?: unknown };
    return typeof jti === "string" ? jti : null;
  } catch {
    return null;
  }
}

/**
 * Whoever is to choose an account may sign in for it. The reference sends
 * somebody whom the browser doesn't remember back to the application with an
 * error, though they may be signed in until it is closed. To ask for consent
 * comes to the same: a page, and no way around it.
 */
function withSignIn<Asked extends { prompt?: string | undefined }>(
  asked: Asked,
): Asked {
  return asked.prompt === "select_account"
    ? { ...asked, prompt: "consent" }
    : asked;
}
