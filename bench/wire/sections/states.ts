import { ADMIN } from "../secrets.ts";
import { row, type Row, type Section } from "../row.ts";
import type { Call } from "../side.ts";
import {
  ADMIN_METHODS,
  createdAt,
  IDENTITY,
  NOBODY,
  POST,
  REPO,
  SERVER,
  SYNC,
} from "./names.ts";

const SUBJECT = `${ADMIN_METHODS}.updateSubjectStatus`;
const SIGN_IN = `${SERVER}.createSession`;

const judge = (name: string, who: string, verdict: object): Row =>
  row(name, SUBJECT, ({ accounts }) => ({
    auth: ADMIN,
    input: {
      subject: {
        $type: "com.atproto.admin.defs#repoRef",
        did: accounts[who]?.did ?? NOBODY,
      },
      ...verdict,
    },
  }));

const signIn = (who: string, more: object = {}): Row =>
  row(`${who} signs in ${JSON.stringify(more)}`, SIGN_IN, {
    input: { identifier: `${who}.test`, password: `${who}-password`, ...more },
  });

/** What anybody may ask of a repository. */
const asked = (who: string): Row[] =>
  ["getRepo", "getLatestCommit", "getRepoStatus", "listBlobs"].map((method) =>
    row(`${method} of ${who}`, `${SYNC}.${method}`, ({ accounts }) => ({
      params: { did: accounts[who]?.did ?? NOBODY },
    })),
  );

/** What its owner, with the token of before, or the operator may ask of it. */
const askedBy = (who: string, call: Call, name: string): Row[] =>
  ["getRepo", "getLatestCommit", "listBlobs"].map((method) =>
    row(
      `${method} of ${who} by ${name}`,
      `${SYNC}.${method}`,
      ({ accounts }) => ({ ...call, params: { did: accounts[who]!.did } }),
    ),
  );

const OWN: readonly [method: string, call: Call][] = [
  [`${SERVER}.getSession`, {}],
  [`${SERVER}.checkAccountStatus`, {}],
  [`${SERVER}.listAppPasswords`, {}],
  [`${SERVER}.createAppPassword`, { input: { name: "x" } }],
  [`${SERVER}.updateEmail`, { input: { email: "new@mail.test" } }],
  [`${IDENTITY}.getRecommendedDidCredentials`, {}],
  [`${IDENTITY}.updateHandle`, { input: { handle: "ab.test" } }],
  [`${REPO}.uploadBlob`, { body: "x", type: "text/plain" }],
  [`${REPO}.listMissingBlobs`, {}],
  [`${SERVER}.getServiceAuth`, { params: { aud: "did:web:elsewhere.test" } }],
];

const owned = (who: string): Row[] => [
  ...OWN.map(([method, call]) =>
    row(`${method.split(".").at(-1)} as ${who}`, method, { ...call, as: who }),
  ),
  row(`createRecord as ${who}`, `${REPO}.createRecord`, ({ accounts }) => ({
    as: who,
    input: {
      repo: accounts[who]!.did,
      collection: POST,
      record: { text: "x", createdAt },
    },
  })),
  row(`listRecords of ${who}`, `${REPO}.listRecords`, ({ accounts }) => ({
    params: { repo: accounts[who]!.did, collection: POST },
  })),
  row(`describeRepo of ${who}`, `${REPO}.describeRepo`, ({ accounts }) => ({
    params: { repo: accounts[who]!.did },
  })),
];

export const STATES: Section = {
  name: "states",
  rows: [
    row("dora rests", `${SERVER}.deactivateAccount`, { as: "dora", input: {} }),
    ...asked("dora"),
    ...askedBy("dora", { as: "dora" }, "its owner"),
    ...askedBy("dora", { as: "alice" }, "another"),
    ...askedBy("dora", { auth: ADMIN }, "the operator"),
    ...owned("dora"),
    signIn("dora"),
    row("dora comes back", `${SERVER}.activateAccount`, {
      ...{ as: "dora", verb: "POST" },
    }),
    ...asked("dora"),

    judge("takes tara down", "tara", { takedown: { applied: true, ref: "1" } }),
    ...asked("tara"),
    ...askedBy("tara", { auth: ADMIN }, "the operator"),
    ...owned("tara"),
    signIn("tara"),
    signIn("tara", { allowTakendown: true }),
    row(
      "what is known of tara",
      `${ADMIN_METHODS}.getSubjectStatus`,
      (side) => ({
        auth: ADMIN,
        params: { did: side.accounts.tara!.did },
      }),
    ),
    judge("lets tara be", "tara", { takedown: { applied: false } }),
    ...asked("tara"),
    judge("decides nothing", "tara", {}),
    judge("takes nobody down", "nobody", { takedown: { applied: true } }),

    ...asked("nobody"),
    row("deletes erin", `${ADMIN_METHODS}.deleteAccount`, ({ accounts }) => ({
      auth: ADMIN,
      input: { did: accounts.erin!.did },
    })),
    ...asked("erin"),
    signIn("erin"),
  ],
};
