import { ADMIN } from "../secrets.ts";
import { row, type Row, type Section } from "../row.ts";
import type { Answer, Side } from "../side.ts";
import { IDENTITY, NOBODY, SERVER } from "./names.ts";

const CREATE = `${SERVER}.createAccount`;
const SIGN_IN = `${SERVER}.createSession`;
const APP_PASSWORD = `${SERVER}.createAppPassword`;
const SERVICE_AUTH = `${SERVER}.getServiceAuth`;
const RECOVERY_KEY =
  "did:key:zQ3shP5TBe1sQfSttXty15FAEHV1DZgcxRZNxvEWnPfLFwLxJ";

const keepAs = (name: string) => (side: Side, answer: Answer) =>
  void (side.accounts[name] = answer.json);

const create = (name: string): Row =>
  row(`makes ${name}`, CREATE, { input: person(name) }, keepAs(name));

const person = (name: string) => ({
  handle: `${name}.test`,
  email: `${name}@mail.test`,
  password: `${name}-password`,
});

const badAccount = (name: string, input: object): Row =>
  row(`account with ${name}`, CREATE, {
    input: { ...person("mallory"), ...input },
  });

const signIn = (name: string, identifier: string, more: object = {}): Row =>
  row(`sign-in by ${name}`, SIGN_IN, {
    input: { identifier, password: "alice-password", ...more },
  });

const invite = (name: string, input: object): Row =>
  row(`invite code ${name}`, `${SERVER}.createInviteCode`, {
    auth: ADMIN,
    input,
  });

const nowSec = () => Math.floor(Date.now() / 1000);
const serviceAuth = (name: string, params: () => Record<string, string>): Row =>
  row(`service token ${name}`, SERVICE_AUTH, () => ({
    as: "alice",
    params: { aud: "did:web:elsewhere.test", ...params() },
  }));

const rename = (name: string, handle: string | undefined): Row =>
  row(`handle ${name}`, `${IDENTITY}.updateHandle`, {
    as: "bob",
    input: { handle },
  });

const resolve = (handle: string): Row =>
  row(`looks up "${handle}"`, `${IDENTITY}.resolveHandle`, {
    params: { handle },
  });

export const ACCOUNTS: Section = {
  name: "accounts",
  rows: [
    row("describes itself", `${SERVER}.describeServer`),
    ...["alice", "bob", "dora", "tara", "erin", "zoe"].map(create),
    badAccount("no handle", { handle: undefined }),
    badAccount("a handle that is none", { handle: "not a handle" }),
    badAccount("a handle of one label", { handle: "mallory" }),
    badAccount("a short handle", { handle: "ab.test" }),
    badAccount("a long handle", { handle: `${"a".repeat(19)}.test` }),
    badAccount("a reserved handle", { handle: "admin.test" }),
    badAccount("a taken handle", { handle: "ALICE.test" }),
    badAccount("a handle of another domain", { handle: "mallory.example.com" }),
    badAccount("a handle of two labels", { handle: "mal.lory.test" }),
    badAccount("no e-mail", { email: undefined }),
    badAccount("an e-mail that is none", { email: "mallory" }),
    badAccount("a taken e-mail", { email: "Alice@mail.test" }),
    badAccount("a long password", { password: "x".repeat(257) }),
    badAccount("an operation", { plcOp: {} }),
    badAccount("a recovery key that is none", { recoveryKey: "x" }),
    badAccount("a DID unproven", { did: NOBODY, handle: "mallory2.test" }),
    badAccount("a recovery key", { recoveryKey: RECOVERY_KEY }),

    signIn("handle", "alice.test"),
    signIn("handle in capitals", "ALICE.test"),
    signIn("e-mail", "alice@mail.test"),
    signIn("e-mail in capitals", "Alice@Mail.Test"),
    row("sign-in by DID", SIGN_IN, ({ accounts }) => ({
      input: { identifier: accounts.alice!.did, password: "alice-password" },
    })),
    signIn("@handle", "@alice.test"),
    signIn("nobody's handle", "nobody.test"),
    signIn("handle, wrong password", "alice.test", { password: "x" }),
    signIn("handle, no password", "alice.test", { password: undefined }),
    signIn("handle, very long password", "alice.test", {
      password: "x".repeat(10_000),
    }),
    signIn("handle, code that is not asked for", "alice.test", {
      authFactorToken: "ABCDE-FGHIJ",
    }),

    row("app password without a name", APP_PASSWORD, {
      ...{ as: "alice", input: {} },
    }),
    row(
      "app password",
      APP_PASSWORD,
      { as: "alice", input: { name: "one" } },
      ({ kept }, { json }) => void (kept.appPassword = json.password),
    ),
    row("app password of the same name", APP_PASSWORD, {
      ...{ as: "alice", input: { name: "one" } },
    }),
    row("app passwords", `${SERVER}.listAppPasswords`, { as: "alice" }),
    row(
      "sign-in by app password",
      SIGN_IN,
      ({ kept }) => ({
        input: { identifier: "alice.test", password: kept.appPassword },
      }),
      keepAs("app"),
    ),
    row("app password for another", APP_PASSWORD, {
      ...{ as: "app", input: { name: "two" } },
    }),
    row("app password ends what it is not for", `${SERVER}.deactivateAccount`, {
      ...{ as: "app", input: {} },
    }),
    row("service token for chat by app password", SERVICE_AUTH, {
      as: "app",
      params: { aud: "did:web:elsewhere.test", lxm: "chat.bsky.convo.getLog" },
    }),

    serviceAuth("for anything", () => ({})),
    serviceAuth("for a method", () => ({ lxm: "app.bsky.feed.getTimeline" })),
    serviceAuth("for a service", () => ({ aud: "did:web:elsewhere.test#x" })),
    serviceAuth("for no DID", () => ({ aud: "elsewhere" })),
    serviceAuth("for no NSID", () => ({ lxm: "x" })),
    serviceAuth("for a guarded method", () => ({ lxm: APP_PASSWORD })),
    serviceAuth("for a move", () => ({ lxm: CREATE })),
    serviceAuth("that is over", () => ({ exp: String(nowSec() - 10) })),
    serviceAuth("of 100 s for anything", () => ({
      exp: String(nowSec() + 100),
    })),
    serviceAuth("of 50 min for a method", () => ({
      ...{ lxm: "app.bsky.feed.getTimeline", exp: String(nowSec() + 3000) },
    })),
    serviceAuth("of 2 h for a method", () => ({
      ...{ lxm: "app.bsky.feed.getTimeline", exp: String(nowSec() + 7200) },
    })),

    invite("without uses", {}),
    invite("for one use", { useCount: 1 }),
    invite("for text", { useCount: "1" }),
    invite("for nobody", { useCount: 1, forAccount: "x" }),

    rename("none", undefined),
    rename("that is none", "x"),
    rename("that is short", "ab.test"),
    rename("that is taken", "alice.test"),
    rename("elsewhere that leads nowhere", "bob.example.com"),
    rename("of one's own", "bob.test"),
    rename("in capitals", "BobBy.test"),
    rename("as before", "bob.test"),
    ...["alice.test", "ALICE.test", "bobby.test", "x", "", "a.b.test"].map(
      resolve,
    ),
    row("what a DID should say", `${IDENTITY}.getRecommendedDidCredentials`, {
      as: "alice",
    }),
    row("how an account is", `${SERVER}.checkAccountStatus`, { as: "alice" }),
    row("signs an operation without a code", `${IDENTITY}.signPlcOperation`, {
      ...{ as: "alice", input: {} },
    }),
    row("submits what is none", `${IDENTITY}.submitPlcOperation`, {
      ...{ as: "alice", input: { operation: {} } },
    }),
  ],
};
