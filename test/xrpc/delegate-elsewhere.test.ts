import { beforeAll, expect, test } from "bun:test";
import type { SessionCaller } from "#contexts/security/caller.ts";
import type { Did } from "#repo/syntax.ts";
import { useWorld } from "./scenario.ts";
import type { Stranger } from "./world.ts";

/** Somebody whose account is elsewhere acts for one that is here, by the word of their own server. */

const useIt = useWorld();
const CREATE = "com.atproto.repo.createRecord";
const record = { text: "from afar", createdAt: "2026-01-01T00:00:00Z" };

let max: Stranger;
let owner: SessionCaller;
beforeAll(async () => {
  const world = useIt();
  max = await world.addStranger();
  owner = {
    ...{ kind: "session", scope: "access", sessionId: "page" },
    did: world.accounts.alice.did as Did,
  };
});

const delegations = () => useIt().network.app.contexts.delegations;
const grant = (level: "viewer" | "editor", expiresAtMs: number | null = null) =>
  delegations().grant({ delegate: max.did, level, expiresAtMs }, owner);

async function write(
  token = useIt().serviceToken(max, CREATE),
  account: string | null = owner.did,
) {
  const { status, body } = await useIt().call(CREATE, {
    token,
    input: { repo: owner.did, collection: "app.bsky.feed.post", record },
    ...(account !== null && { headers: { "tempest-account": account } }),
  });
  return status === 200 ? "200" : `${status} ${body.error}`;
}

test("writes as far as the level goes, each token once", async () => {
  await grant("editor");
  const token = useIt().serviceToken(max, CREATE);
  expect(await write(token)).toBe("200");
  expect(await write(token)).toBe("401 BadJwt");
  await grant("viewer");
  expect(await write()).toBe("403 ScopeMissingError");
});

test("is remembered among the events of the account", () => {
  const { events } = useIt().network.app.contexts.events.list(owner.did);
  const called = events.find(({ kind }) => kind === "delegateCalled");
  expect(called?.actor).toBe(max.did);
});

test("reaches nothing that is the owner's", async () => {
  await grant("editor");
  for (const nsid of [
    "com.atproto.server.createAppPassword",
    "com.atproto.server.deactivateAccount",
    "com.atproto.server.requestAccountDelete",
    "com.atproto.identity.requestPlcOperationSignature",
  ]) {
    const { status } = await useIt().call(nsid, {
      token: useIt().serviceToken(max, nsid),
      input: nsid.endsWith("Signature") ? new Uint8Array(0) : { name: "x" },
      headers: { "tempest-account": owner.did },
    });
    expect([nsid, status]).toEqual([nsid, 403]);
  }
});

test("is refused without the owner's word, for another account, or by another name", async () => {
  await grant("editor");
  const { bob, dora } = useIt().accounts;
  expect(await write(undefined, bob.did)).toBe("403 Forbidden");
  expect(await write(undefined, "did:plc:nobody")).toBe("403 Forbidden");
  expect(await write(undefined, null)).toBe("400 InvalidToken");
  expect(await write(undefined, dora.did)).toBe("403 Forbidden");
  const eve = await useIt().addStranger();
  expect(await write(useIt().serviceToken(eve, CREATE))).toBe("403 Forbidden");
  const forged = useIt().serviceToken(
    { did: max.did, signer: eve.signer },
    CREATE,
  );
  expect(await write(forged)).toBe("401 BadJwtSignature");
  const other = useIt().serviceToken(max, "com.atproto.repo.putRecord");
  expect(await write(other)).toBe("401 BadJwtLexiconMethod");
});

test("is out at once when it is taken back, or over", async () => {
  await grant("editor", useIt().clock.nowMs() + 60_000);
  expect(await write()).toBe("200");
  useIt().clock.advance(60_000);
  expect(await write()).toBe("403 Forbidden");
  await grant("editor");
  expect(await write()).toBe("200");
  delegations().revoke({ delegateDid: max.did }, owner);
  expect(await write()).toBe("403 Forbidden");
});

test("goes on while an account of theirs rests here, as long as they live elsewhere", async () => {
  await grant("editor");
  const made = await useIt().call("com.atproto.server.createAccount", {
    token: useIt().serviceToken(max, "com.atproto.server.createAccount"),
    input: {
      ...{ did: max.did, handle: "max.test", email: "max@mail.test" },
      password: "maxs-password",
    },
  });
  expect(made.status).toBe(200);
  // It is on its way here, and their document names the other server.
  expect(await write()).toBe("200");
  // What they are called here is no name of theirs yet.
  const listed = await delegations().list(owner.did);
  expect(listed).toMatchObject([
    { delegateDid: max.did, delegateHandle: null },
  ]);
  // The operator's word counts wherever they live.
  const judge = (applied: boolean) =>
    useIt().call("com.atproto.admin.updateSubjectStatus", {
      token: useIt().tokens.admin,
      input: {
        subject: { $type: "com.atproto.admin.defs#repoRef", did: max.did },
        takedown: { applied },
      },
    });
  expect((await judge(true)).status).toBe(200);
  expect(await write()).toBe("403 Forbidden");
  await judge(false);
  expect(await write()).toBe("200");
});
