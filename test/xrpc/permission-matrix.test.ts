import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { SessionCaller } from "#contexts/security/caller.ts";
import type { Did } from "#repo/syntax.ts";
import { METHODS } from "#edge/xrpc/registry.ts";
import { createPerson } from "../oauth/person.ts";
import { createRawClient, type RawClient } from "../oauth/raw-client.ts";
import type { CallOptions, TestAccount } from "../support/network.ts";
import { makeCall } from "./scenario.ts";
import { ALL_SCENARIOS } from "./scenarios/all.ts";
import { createWorld, type World } from "./world.ts";

/** Every method, called by everybody: who is let in, and how the others are refused. */

const COLUMNS = [
  "no token",
  "wrong scope",
  "right scope",
  "app password",
  "privileged",
  "limited, wrong",
  "limited, right",
  "viewer",
  "editor",
  "manager",
  "expired grant",
  "deactivated",
  "taken down",
] as const;
type Column = (typeof COLUMNS)[number];

/** What a refusal of the caller is called; anything else means that they were let in. */
const REFUSALS = new Set([
  ...["AuthMissing", "AuthenticationRequired", "InvalidToken", "ExpiredToken"],
  ...["Forbidden", "ScopeMissingError", "invalid_token"],
  ...["AccountDeactivated", "AccountTakedown", "BadJwtType", "UntrustedIss"],
]);

const RPC = [
  "app.bsky.actor.getPreferences",
  "app.bsky.actor.putPreferences",
  "app.bsky.actor.getProfile",
  "app.bsky.actor.getProfiles",
  "app.bsky.feed.getTimeline",
  "app.bsky.feed.getAuthorFeed",
  "app.bsky.feed.getActorLikes",
  "app.bsky.feed.getPostThread",
  "app.bsky.feed.getFeed",
  "app.bsky.feed.getFeedSkeleton",
  "app.bsky.notification.registerPush",
  "app.bsky.notification.unregisterPush",
  "com.atproto.moderation.createReport",
  "com.example.method",
];
const RIGHT = `repo:* blob:*/* rpc?aud=*&${RPC.map((lxm) => `lxm=${lxm}`).join("&")}`;
const RIGHT_OF_APPLICATION = `${RIGHT} account:email?action=manage account:repo?action=manage account:status?action=manage identity:*`;
const WRONG_FOR_PASSWORD = "blob:video/mp4";

/** null for what would leave nothing as the other calls need it. */
type Row = Partial<Record<Column, string | null>> & { all: string };

const MISSING = "403 ScopeMissingError";
const FORBIDDEN = "403 Forbidden";
const BAD_TOKEN = "400 InvalidToken";
const ENDED = "401 invalid_token";
const NO_TOKEN = { "no token": "401 AuthMissing" };
const EXPIRED = { "expired grant": ENDED };
const NOT_TAKEN_DOWN = { "taken down": BAD_TOKEN };
const NOT_DORMANT = { deactivated: "401 AccountDeactivated" };
const NO_PASSWORD = {
  "app password": BAD_TOKEN,
  privileged: BAD_TOKEN,
  "limited, wrong": BAD_TOKEN,
  "limited, right": BAD_TOKEN,
};
const NO_DELEGATE = { viewer: MISSING, editor: MISSING, manager: MISSING };
const UNSCOPED = { "wrong scope": MISSING, "limited, wrong": MISSING };
const NOBODY_LIMITED = {
  "wrong scope": FORBIDDEN,
  "right scope": FORBIDDEN,
  viewer: FORBIDDEN,
  editor: FORBIDDEN,
  manager: FORBIDDEN,
};

/** All that come with a proof of their key. */
const APPLICATIONS = (told: string) => ({
  ...{ "wrong scope": told, "right scope": told, "expired grant": told },
  ...{ viewer: told, editor: told, manager: told },
});

/** What holds for each kind of method, by what it does and not by how its row is written. */
const KINDS = {
  /** Answers everybody alike, whoever they say they are. */
  open: { all: "in" },
  /** Answers everybody; who says who they are must be right. */
  optional: { all: "in", ...EXPIRED },
  /** The same, but for who left. */
  optionalHere: { all: "in", ...EXPIRED, ...NOT_TAKEN_DOWN },
  operator: {
    all: "401 AuthenticationRequired",
    ...NO_TOKEN,
  },
  moderator: {
    ...{ all: "401 BadJwtType", ...NO_TOKEN },
    ...APPLICATIONS(BAD_TOKEN),
  },
  refresh: { all: BAD_TOKEN, ...NO_TOKEN },
  /** Somebody new, or with a token of another host. */
  newcomer: {
    ...{ all: "401 BadJwtType", "no token": "in" },
    ...APPLICATIONS(BAD_TOKEN),
  },
  /** Who may use an account at all may ask this. */
  anybody: { all: "in", ...NO_TOKEN, ...EXPIRED, ...NOT_TAKEN_DOWN },
  write: {
    all: "in",
    ...{ ...NO_TOKEN, ...EXPIRED, ...UNSCOPED, viewer: MISSING },
    ...{ ...NOT_TAKEN_DOWN, ...NOT_DORMANT },
  },
  blob: {
    all: "in",
    ...{ ...NO_TOKEN, ...EXPIRED, ...UNSCOPED, viewer: MISSING },
    ...NOT_TAKEN_DOWN,
  },
  /** What is read of the AppView. */
  view: {
    all: "in",
    ...{ ...NO_TOKEN, ...EXPIRED, ...UNSCOPED, ...NOT_TAKEN_DOWN },
  },
  /** The same, also for who was taken down. */
  viewToLeave: { all: "in", ...NO_TOKEN, ...EXPIRED, ...UNSCOPED },
  /** What changes something at the AppView. */
  act: {
    all: "in",
    ...{ ...NO_TOKEN, ...EXPIRED, ...UNSCOPED, ...NOT_TAKEN_DOWN },
    viewer: MISSING,
  },
  /** The same, for managers alone. */
  manage: {
    all: "in",
    ...{ ...NO_TOKEN, ...EXPIRED, ...UNSCOPED, ...NOT_TAKEN_DOWN },
    ...{ viewer: MISSING, editor: MISSING },
  },
  /** Says something about the account, also once it was taken down. */
  report: {
    all: "in",
    ...{ ...NO_TOKEN, ...EXPIRED, ...UNSCOPED },
    ...{ viewer: MISSING, editor: MISSING },
  },
  serviceToken: {
    all: "in",
    ...{ ...NO_TOKEN, ...EXPIRED, ...UNSCOPED, ...NOT_TAKEN_DOWN },
  },
  /** Touches the address: no delegate, and of passwords only the whole account's. */
  email: {
    all: "in",
    ...{ ...NO_TOKEN, ...EXPIRED, ...UNSCOPED, ...NOT_TAKEN_DOWN },
    ...{ ...NO_DELEGATE, "limited, right": MISSING },
  },
  identity: {
    all: "in",
    ...{ ...NO_TOKEN, ...EXPIRED, ...UNSCOPED, ...NOT_TAKEN_DOWN },
    ...{ ...NO_DELEGATE, "limited, right": MISSING },
  },
  /** Moves the identity: applications that were given all of it, and owners who leave. */
  plc: {
    all: "in",
    ...{ ...NO_TOKEN, ...EXPIRED, "wrong scope": MISSING },
    ...{ ...NO_PASSWORD, ...NO_DELEGATE },
  },
  repoImport: {
    all: "in",
    ...{ ...NO_TOKEN, ...EXPIRED, "wrong scope": MISSING, ...NOT_TAKEN_DOWN },
    ...{ ...NO_PASSWORD, ...NO_DELEGATE },
  },
  /** For the main password alone. */
  owner: {
    all: "in",
    ...{ ...NO_TOKEN, ...EXPIRED, ...NOBODY_LIMITED },
    ...{ ...NO_PASSWORD, ...NOT_TAKEN_DOWN },
  },
  ownerWhoLeaves: {
    all: "in",
    ...{ ...NO_TOKEN, ...EXPIRED, ...NO_PASSWORD, ...NO_DELEGATE },
    // See test/oauth/people.test.ts.
    ...{ "wrong scope": MISSING, "right scope": null },
  },
  /** For any password that is not limited. */
  passwords: {
    all: "in",
    ...{ ...NO_TOKEN, ...EXPIRED, ...NOBODY_LIMITED, ...NOT_TAKEN_DOWN },
    ...{ "limited, wrong": FORBIDDEN, "limited, right": FORBIDDEN },
  },
} satisfies Record<string, Row>;

const KIND_OF: Record<keyof typeof KINDS, string> = {
  open: `server: describeServer createSession reserveSigningKey deleteAccount requestPasswordReset resetPassword
    identity: resolveHandle resolveDid resolveIdentity refreshIdentity
    repo: getRecord listRecords describeRepo
    sync: getRepoStatus listRepos listReposByCollection getHostStatus requestCrawl notifyOfUpdate
    lexicon: resolveLexicon
    temp: checkHandleAvailability`,
  optional: `sync: getRepo getBlob listBlobs`,
  optionalHere: `sync: getRecord getBlocks getLatestCommit getHead getCheckout`,
  operator: `server: createInviteCode createInviteCodes
    admin: deleteAccount updateAccountEmail updateAccountHandle updateAccountPassword updateAccountSigningKey`,
  moderator: `admin: disableAccountInvites disableInviteCodes enableAccountInvites getAccountInfo
    admin: getAccountInfos getInviteCodes getSubjectStatus searchAccounts sendEmail updateSubjectStatus`,
  refresh: `server: refreshSession deleteSession`,
  newcomer: `server: createAccount`,
  anybody: `server: getSession checkAccountStatus
    identity: getRecommendedDidCredentials
    repo: listMissingBlobs`,
  write: `repo: createRecord putRecord deleteRecord applyWrites`,
  blob: `repo: uploadBlob`,
  view: `app.bsky.actor: getProfile getProfiles
    app.bsky.feed: getTimeline getAuthorFeed getActorLikes getPostThread getFeed`,
  viewToLeave: `app.bsky.actor: getPreferences`,
  act: `app.bsky.notification: registerPush unregisterPush`,
  manage: `app.bsky.actor: putPreferences`,
  report: `moderation: createReport`,
  serviceToken: `server: getServiceAuth`,
  email: `server: requestEmailConfirmation confirmEmail`,
  identity: `identity: updateHandle submitPlcOperation`,
  plc: `identity: requestPlcOperationSignature signPlcOperation`,
  repoImport: `repo: importRepo`,
  owner: `server: activateAccount getAccountInviteCodes createAppPassword requestEmailUpdate updateEmail requestAccountDelete`,
  ownerWhoLeaves: `server: deactivateAccount`,
  passwords: `server: listAppPasswords revokeAppPassword
    temp: checkSignupQueue`,
};

type Kind = keyof typeof KINDS;

/** The kind of each method, by NSID. */
const kinds = new Map(
  Object.entries(KIND_OF).flatMap(([kind, lists]) =>
    lists.split("\n").flatMap((list) => {
      const [family = "", names = ""] = list.trim().split(": ");
      const prefix = family.includes(".") ? family : `com.atproto.${family}`;
      return names
        .split(" ")
        .map(
          (name) => [`${prefix}.${name}`, kind as keyof typeof KINDS] as const,
        );
    }),
  ),
);

type Try = (nsid: string, call: CallOptions) => Promise<string>;

let world: World;
let tries: Record<Column, Try>;

beforeAll(async () => {
  // There is an AppView, which nobody reaches.
  world = await createWorld({
    TEMPEST_APPVIEW_URL: "http://127.0.0.1:9",
    TEMPEST_APPVIEW_DID: "did:web:api.bsky.app",
    TEMPEST_REPORT_SERVICE_URL: "http://127.0.0.1:9",
    TEMPEST_REPORT_SERVICE_DID: "did:web:mod.bsky.app",
  });
  tries = await prepare();
}, 60_000);
afterAll(() => world.stop());

async function prepare(): Promise<Record<Column, Try>> {
  const { alice, dora } = world.accounts;
  const owner: SessionCaller = {
    ...{ kind: "session", scope: "access", sessionId: "page" },
    did: alice.did as Did,
  };
  const { delegations, accounts } = world.network.app.contexts;

  const byLimited = async (name: string, scopes: string[]): Promise<Try> => {
    const { password } = await accounts.createLimitedAppPassword(
      { name, scopes },
      owner,
    );
    const input = { identifier: alice.handle, password };
    const { body } = await world.call("com.atproto.server.createSession", {
      input,
    });
    return byToken(body.accessJwt);
  };

  const byDelegate = async (
    name: string,
    level: "viewer" | "editor" | "manager",
    expiresAtMs: number | null = null,
  ): Promise<Try> => {
    const delegate = await world.network.createAccount(name);
    const grant = { delegate: delegate.did, level, expiresAtMs };
    await delegations.grant(grant, owner);
    const scope =
      "atproto transition:generic transition:chat.bsky account:email?action=manage account:repo?action=manage identity:*";
    return byApplication(scope, delegate);
  };

  const soonMs = world.clock.nowMs() + 60_000;
  const expired = await byDelegate("eve", "manager", soonMs);
  world.clock.advance(120_000);
  return {
    "no token": byToken(undefined),
    "wrong scope": await byApplication("atproto"),
    "right scope": await byApplication(`atproto ${RIGHT_OF_APPLICATION}`),
    "app password": byToken(world.tokens["alice:app"]),
    privileged: byToken(world.tokens["alice:privileged"]),
    "limited, wrong": await byLimited("wrong", [WRONG_FOR_PASSWORD]),
    "limited, right": await byLimited("right", RIGHT.split(" ")),
    viewer: await byDelegate("vera", "viewer"),
    editor: await byDelegate("edna", "editor"),
    manager: await byDelegate("max", "manager"),
    "expired grant": expired,
    deactivated: byToken(dora.accessJwt),
    "taken down": byToken(world.tokens["tara:takendown"]),
  };
}

const byToken =
  (token: string | undefined): Try =>
  async (nsid, call) =>
    told(await world.call(nsid, { ...call, token }));

/** An application that Alice let in, or somebody who acts for her. */
async function byApplication(
  scope: string,
  delegate?: TestAccount,
): Promise<Try> {
  const { alice } = world.accounts;
  const client = createRawClient(world.network.url, scope);
  const who = delegate ?? alice;
  const pushed = await client.push({ login_hint: alice.handle });
  const person = createPerson(world.network.url);
  const url = client.authorizeUrl(pushed.body.request_uri);
  await person.open(url);
  const form = await person.open(
    delegate === undefined ? url : `${url}&as=other`,
  );
  const page = await person.submit(form, {
    identifier: who.handle,
    password: who.password,
  });
  const back = await person.submit(page, { decision: "allow" });
  const code = new URL(back.url).searchParams.get("code") ?? "";
  const { status, body } = await client.exchange(code);
  expect({ status, body }).toMatchObject({ status: 200 });
  return (nsid, call) =>
    callByApplication(client, body.access_token, nsid, call);
}

/** Calls that leave the world as it is where the scenario's would not. */
const CALLS: Record<string, CallOptions> = {
  "com.atproto.identity.updateHandle": { input: { handle: "alice.test" } },
};

async function callByApplication(
  client: RawClient,
  token: string,
  nsid: string,
  { params, input, type, headers }: CallOptions,
): Promise<string> {
  const isBytes = input instanceof Uint8Array || typeof input === "string";
  const answer = await client.call(nsid, token, {
    params: toStrings(params),
    headers: {
      ...headers,
      ...(isBytes && { "content-type": type ?? "application/octet-stream" }),
    },
    ...(input !== undefined && { method: "POST" }),
    ...(isBytes
      ? { body: typeof input === "string" ? Buffer.from(input) : input }
      : input !== undefined && { input: input as object }),
  });
  return told(answer);
}

const toStrings = (params: CallOptions["params"] = {}) =>
  Object.fromEntries(
    Object.entries(params)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [
        name,
        Array.isArray(value) ? value : String(value),
      ]),
  );

/** Names that a method gives to wrong input too, and other hosts to the token that we send them. */
const OF_INPUT = /^Token is (invalid|expired)$|^Invalid did or password$/;

function told(answer: {
  status: number;
  body: { error?: string; message?: string } | null;
}): string {
  const { error = "", message = "" } = answer.body ?? {};
  const isRefusal = REFUSALS.has(error) && !OF_INPUT.test(message);
  return isRefusal ? `${answer.status} ${error}` : "in";
}

test("every row of the registry has its kind, and no others have", () => {
  const known: string[] = [...kinds.keys()].sort();
  expect(known).toEqual(Object.keys(METHODS).sort());
});

describe.each(Object.keys(METHODS).map((nsid) => [nsid]))("%s", (nsid) => {
  test("lets in whom it should, and refuses the others by name", async () => {
    const call =
      CALLS[nsid] ?? (await makeCall(ALL_SCENARIOS[nsid]![0]!, world));
    const row: Row = KINDS[(kinds as Map<string, Kind>).get(nsid)!];
    const expected: Record<string, string> = {};
    const seen: Record<string, string> = {};
    for (const column of COLUMNS) {
      const told = row[column];
      if (told === null) continue;
      expected[column] = told ?? row.all;
      seen[column] = await tries[column](nsid, call);
    }
    expect(seen).toEqual(expected);
  }, 120_000);
});
