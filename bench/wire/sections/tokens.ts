import { ADMIN, basicAuth, changeToken } from "../secrets.ts";
import { row, type Row, type Section } from "../row.ts";
import type { Call, Side } from "../side.ts";
import { ADMIN_METHODS, REPO, SERVER, SYNC } from "./names.ts";

const access = ({ accounts }: Side) => accounts.alice!.accessJwt;
const bearer = (token: string): Call => ({ auth: `Bearer ${token}` });
const changed =
  (changes: Parameters<typeof changeToken>[1]) =>
  (side: Side): Call =>
    bearer(changeToken(access(side), changes));

const PROOFS: Record<string, Call | ((side: Side) => Call)> = {
  "no header": {},
  "a header without a value": { auth: "" },
  "a scheme without a token": { auth: "Bearer" },
  "a word that is no token": bearer("garbage"),
  "an access token": (side) => bearer(access(side)),
  "an access token in another case": (side) => ({
    auth: `BEARER ${access(side)}`,
  }),
  "an access token without a scheme": (side) => ({ auth: access(side) }),
  "an access token of another scheme": (side) => ({
    auth: `Token ${access(side)}`,
  }),
  "a refresh token": ({ accounts }) => bearer(accounts.alice!.refreshJwt),
  "a token that is over": changed({ claims: { iat: 1, exp: 2 } }),
  "a token of another key": changed({ secret: "another" }),
  "a token for another host": changed({
    claims: { aud: "did:web:other.test" },
  }),
  "a token of an unknown scope": changed({
    claims: { scope: "com.atproto.odd" },
  }),
  "a token of no type": changed({ header: { typ: undefined } }),
  "a token without a signature": changed({ header: { alg: "none" } }),
  "a token of nobody": changed({ claims: { sub: undefined } }),
  "a token of one method": changed({ claims: { lxm: "com.example.get" } }),
  "an app password's token": ({ accounts }) => bearer(accounts.app!.accessJwt),
  "an owner's password": { auth: basicAuth("alice.test", "alice-password") },
  "the operator's password": { auth: ADMIN },
};

/** One of each way in which methods ask who calls. */
const METHODS: readonly [method: string, call: (side: Side) => Call][] = [
  [`${SERVER}.getSession`, () => ({})],
  [`${SERVER}.createAppPassword`, () => ({ input: {} })],
  [`${SYNC}.getLatestCommit`, (side) => ({ params: didOf(side) })],
  [`${REPO}.uploadBlob`, () => ({ body: "x", type: "text/plain" })],
];

const didOf = ({ accounts }: Side) => ({ did: accounts.alice!.did });

const tokenRows = METHODS.flatMap(([method, call]) =>
  Object.entries(PROOFS).map(([name, proof]) =>
    row(`${method.split(".").at(-1)} with ${name}`, method, (side) => ({
      ...call(side),
      ...(typeof proof === "function" ? proof(side) : proof),
    })),
  ),
);

/** Few, because wrong passwords are counted. */
const operatorRows = [
  "no header",
  "an access token",
  "the operator's password",
].map((name) =>
  row(
    `getAccountInfo with ${name}`,
    `${ADMIN_METHODS}.getAccountInfo`,
    (side) => {
      const proof = PROOFS[name]!;
      const made = typeof proof === "function" ? proof(side) : proof;
      return { params: didOf(side), ...made };
    },
  ),
);

const REFRESH = `${SERVER}.refreshSession`;
const refresh = (name: string, token: (side: Side) => string, as = ""): Row =>
  row(
    `refresh with ${name}`,
    REFRESH,
    (side) => ({ verb: "POST", ...bearer(token(side)) }),
    as === ""
      ? undefined
      : ({ accounts }, { json }) => {
          accounts[as] = json;
        },
  );
const refreshToken = (name: string) => (side: Side) =>
  side.accounts[name]!.refreshJwt;

export const TOKENS: Section = {
  name: "tokens",
  rows: [
    ...tokenRows,
    ...operatorRows,
    row("refresh with no header", REFRESH, { verb: "POST" }),
    refresh("an access token", access),
    refresh("a refresh token", refreshToken("alice"), "next"),
    refresh("the same again", refreshToken("alice")),
    refresh("the next one", refreshToken("next"), "third"),
    row("sign-out", `${SERVER}.deleteSession`, ({ accounts }) => ({
      verb: "POST",
      ...bearer(accounts.third!.refreshJwt),
    })),
    refresh("one that was signed out", refreshToken("third")),
    row(
      "sign-in after that",
      `${SERVER}.createSession`,
      { input: { identifier: "alice.test", password: "alice-password" } },
      ({ accounts }, { json }) => {
        accounts.alice = json;
      },
    ),
  ],
};
