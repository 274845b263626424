import { expect } from "bun:test";
import type { ScenarioTable } from "../scenario.ts";
import type { World } from "../world.ts";
import {
  actsOn,
  ask,
  asAdmin,
  onlyForOperators,
  refused,
  tell,
  UNKNOWN_DID,
} from "./admin-fixture.ts";

const GET = "com.atproto.admin.getSubjectStatus";
const UPDATE = "com.atproto.admin.updateSubjectStatus";

const REPO = "com.atproto.admin.defs#repoRef";
const RECORD = "com.atproto.repo.strongRef";
const BLOB = "com.atproto.admin.defs#repoBlobRef";

/** CID of bytes that nobody uploaded. */
const OTHER_CID = "bafkreibme22gw2h7y2h7tg2fhqotaqjucnbc24deqo72b6mkl2egezxhvy";

const repo = (did: string) => ({ $type: REPO, did });
const recordUri = ({ accounts }: World) =>
  `at://${accounts.dora.did}/com.example.thing/first`;
const record = (world: World) => ({
  $type: RECORD,
  uri: recordUri(world),
  cid: OTHER_CID,
});
const blob = ({ accounts }: World, cid = OTHER_CID) => ({
  $type: BLOB,
  did: accounts.alice.did,
  cid,
});

const applied = (ref?: string) => ({ applied: true, ...(ref && { ref }) });
const lifted = { applied: false };

export const adminSubjects: ScenarioTable = {
  [GET]: [
    {
      name: "tells of an active account",
      call: ask(({ accounts }) => ({ did: accounts.alice.did })),
      body: ({ accounts }) => ({
        subject: repo(accounts.alice.did),
        takedown: lifted,
        deactivated: lifted,
      }),
    },
    {
      name: "tells of an account that was taken down",
      call: ask(({ accounts }) => ({ did: accounts.tara.did })),
      body: { takedown: applied("test"), deactivated: lifted },
    },
    {
      name: "tells of a deactivated account",
      call: ask(({ accounts }) => ({ did: accounts.dora.did })),
      body: { takedown: lifted, deactivated: applied() },
    },
    {
      name: "tells of a record, whatever its account's state",
      call: ask((world) => ({ uri: recordUri(world) })),
      body: (world) => ({
        subject: {
          $type: RECORD,
          uri: recordUri(world),
          cid: expect.stringMatching(/^bafyrei/),
        },
        takedown: lifted,
      }),
    },
    {
      name: "tells of an upload",
      async call(world) {
        const { ref } = (await world.uploadBlob("seen")) as {
          ref: { $link: string };
        };
        const { did } = world.accounts.alice;
        return asAdmin({ params: { did, blob: ref.$link } });
      },
      body: ({ accounts }) => ({
        subject: { $type: BLOB, did: accounts.alice.did },
        takedown: lifted,
      }),
    },
    refused("wants a subject", asAdmin({})),
    refused("wants the account of a blob", ask({ blob: OTHER_CID })),
    refused("knows no other account", ask({ did: UNKNOWN_DID }), "NotFound"),
    refused(
      "knows no other record",
      ask((world) => ({ uri: `${recordUri(world)}x` })),
      "NotFound",
    ),
    refused(
      "knows no record of an account elsewhere",
      ask({ uri: `at://${UNKNOWN_DID}/a.b.c/d` }),
      "NotFound",
    ),
    refused(
      "wants a record, not a collection",
      ask({ uri: `at://${UNKNOWN_DID}/a.b.c` }),
    ),
    refused("refuses a malformed DID", ask({ did: "alice.test" })),
    refused(
      "knows no other blob",
      ask(({ accounts }) => ({ did: accounts.alice.did, blob: OTHER_CID })),
      "NotFound",
    ),
    refused(
      "refuses a CID of another kind",
      ask(({ accounts }) => ({
        did: accounts.alice.did,
        blob: "QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n",
      })),
    ),
    ...onlyForOperators(ask(({ accounts }) => ({ did: accounts.alice.did }))),
  ],
  [UPDATE]: [
    {
      name: "takes an account down, again with another reference, and lifts it",
      call: tell(({ accounts }) => ({
        subject: repo(accounts.bob.did),
        takedown: applied("1"),
      })),
      body: ({ accounts }) => ({
        subject: repo(accounts.bob.did),
        takedown: applied("1"),
      }),
      async check(_answer, world) {
        const { call, accounts, tokens } = world;
        const { did } = accounts.bob;
        const params = { did };
        const subject = repo(did);
        const token = tokens.admin;
        const status = async () => {
          const { body } = await call(GET, { params, token });
          return body.takedown;
        };
        expect(await status()).toEqual(applied("1"));
        const again = { subject, takedown: applied("2") };
        await call(UPDATE, { token, input: again });
        expect(await status()).toEqual(applied("2"));
        await call(UPDATE, { token, input: { subject, takedown: lifted } });
        expect(await status()).toEqual(lifted);
        const acts = [lifted, applied("2"), applied("1")];
        expect(actsOn(world, did)).toEqual(
          acts.map((takedown) => ({
            actor: "admin",
            action: "updateSubjectStatus",
            detail: { takedown },
          })),
        );
      },
    },
    {
      name: "gives a takedown without a reference the time",
      call: tell((world) => ({
        subject: record(world),
        takedown: applied(),
      })),
      async check(_answer, world) {
        const params = { uri: recordUri(world) };
        const token = world.tokens.admin;
        const { body } = await world.call(GET, { params, token });
        expect(Date.parse(body.takedown.ref)).toBe(world.clock.nowMs() - 1);
      },
    },
    {
      name: "deactivates an account and activates it again",
      async call(world) {
        const { did } = await world.network.createAccount(
          `sleeper${world.unique()}`,
        );
        const input = { subject: repo(did), deactivated: applied() };
        await world.call(UPDATE, { token: world.tokens.admin, input });
        const token = world.tokens.admin;
        const { body } = await world.call(GET, { params: { did }, token });
        expect(body.deactivated).toEqual(applied());
        return tell({ subject: repo(did), deactivated: lifted })(world);
      },
      async check({ body }, { call, tokens }) {
        const params = { did: body.subject.did };
        const after = await call(GET, { params, token: tokens.admin });
        expect(after.body.deactivated).toEqual(lifted);
        const status = await call("com.atproto.sync.getRepoStatus", { params });
        expect(status.body.active).toBe(true);
      },
    },
    refused(
      "activates nobody who was taken down",
      tell(({ accounts }) => ({
        subject: repo(accounts.tara.did),
        deactivated: lifted,
      })),
      "AccountNotFound",
    ),
    {
      name: "lifts what is not applied",
      call: tell((world) => ({ subject: blob(world), takedown: lifted })),
      body: { takedown: lifted },
    },
    {
      name: "takes down a blob that is not here, for when it comes",
      call: tell((world) => ({ subject: blob(world), takedown: applied() })),
      async check(_answer, { call, accounts, tokens }) {
        const params = { did: accounts.alice.did, blob: OTHER_CID };
        const { body } = await call(GET, { params, token: tokens.admin });
        expect(body.takedown.applied).toBe(true);
      },
    },
    {
      name: "changes nothing without being told what",
      call: tell((world) => ({ subject: blob(world) })),
      body: (world) => ({ subject: blob(world) }),
    },
    {
      ...refused(
        "refuses takedown and activation at once",
        tell(({ accounts }) => ({
          subject: repo(accounts.dora.did),
          takedown: applied(),
          deactivated: lifted,
        })),
      ),
      async check(_answer, { call, accounts, tokens }) {
        const params = { did: accounts.dora.did };
        const { body } = await call(GET, { params, token: tokens.admin });
        expect(body.takedown).toEqual(lifted);
      },
    },
    refused(
      "deactivates no record",
      tell((world) => ({ subject: record(world), deactivated: applied() })),
    ),
    refused(
      "knows no other kind of subject",
      tell({ subject: { $type: "com.example.other" } }),
    ),
    refused(
      "knows no other account",
      tell({ subject: repo(UNKNOWN_DID), takedown: applied() }),
      "NotFound",
    ),
    refused(
      "takes no handle for a record's account",
      tell({
        subject: {
          $type: RECORD,
          uri: "at://alice.test/a.b.c/d",
          cid: OTHER_CID,
        },
        takedown: applied(),
      }),
    ),
    refused("wants a subject", tell({ takedown: applied() })),
    ...onlyForOperators(
      tell(({ accounts }) => ({
        subject: repo(accounts.bob.did),
        takedown: applied(),
      })),
    ),
  ],
};
