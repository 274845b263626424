import { expect } from "bun:test";
import type { Made, ScenarioTable } from "../scenario.ts";
import type { World } from "../world.ts";

const GET = "com.atproto.admin.getSubjectStatus";
const UPDATE = "com.atproto.admin.updateSubjectStatus";

const REPO = "com.atproto.admin.defs#repoRef";
const RECORD = "com.atproto.repo.strongRef";
const BLOB = "com.atproto.admin.defs#repoBlobRef";

/** CID of bytes that nobody uploaded. */
const OTHER_CID = "bafkreibme22gw2h7y2h7tg2fhqotaqjucnbc24deqo72b6mkl2egezxhvy";
const UNKNOWN_DID = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa";

const asAdmin = (made: Made): Made => ({ as: "admin", ...made });

const update =
  (input: object | ((world: World) => object)) =>
  (world: World): Made =>
    asAdmin({ input: typeof input === "function" ? input(world) : input });

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
      call: ({ accounts }) => asAdmin({ params: { did: accounts.alice.did } }),
      body: ({ accounts }) => ({
        subject: repo(accounts.alice.did),
        takedown: lifted,
        deactivated: lifted,
      }),
    },
    {
      name: "tells of an account that was taken down",
      call: ({ accounts }) => asAdmin({ params: { did: accounts.tara.did } }),
      body: { takedown: applied("test"), deactivated: lifted },
    },
    {
      name: "tells of a deactivated account",
      call: ({ accounts }) => asAdmin({ params: { did: accounts.dora.did } }),
      body: { takedown: lifted, deactivated: applied() },
    },
    {
      name: "tells of a record, whatever its account's state",
      call: (world) => asAdmin({ params: { uri: recordUri(world) } }),
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
    {
      name: "wants a subject",
      call: asAdmin({}),
      status: 400,
      error: "InvalidRequest",
    },
    {
      name: "wants the account of a blob",
      call: asAdmin({ params: { blob: OTHER_CID } }),
      status: 400,
      error: "InvalidRequest",
    },
    {
      name: "knows no other account",
      call: asAdmin({ params: { did: UNKNOWN_DID } }),
      status: 400,
      error: "NotFound",
    },
    {
      name: "knows no other record",
      call: (world) => asAdmin({ params: { uri: `${recordUri(world)}x` } }),
      status: 400,
      error: "NotFound",
    },
    {
      name: "knows no record of an account elsewhere",
      call: asAdmin({ params: { uri: `at://${UNKNOWN_DID}/a.b.c/d` } }),
      status: 400,
      error: "NotFound",
    },
    {
      name: "wants a record, not a collection",
      call: asAdmin({ params: { uri: `at://${UNKNOWN_DID}/a.b.c` } }),
      status: 400,
      error: "InvalidRequest",
    },
    {
      name: "knows no other blob",
      call: ({ accounts }) =>
        asAdmin({ params: { did: accounts.alice.did, blob: OTHER_CID } }),
      status: 400,
      error: "NotFound",
    },
    {
      name: "refuses a CID of another kind",
      call: ({ accounts }) =>
        asAdmin({
          params: {
            did: accounts.alice.did,
            blob: "QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n",
          },
        }),
      status: 400,
      error: "InvalidRequest",
    },
    {
      name: "is not for accounts",
      call: { as: "alice" },
      status: 401,
      error: "BadJwtType",
    },
    {
      name: "is not for everybody",
      call: {},
      status: 401,
      error: "AuthMissing",
    },
  ],
  [UPDATE]: [
    {
      name: "takes an account down, again with another reference, and lifts it",
      call: update(({ accounts }) => ({
        subject: repo(accounts.bob.did),
        takedown: applied("1"),
      })),
      body: ({ accounts }) => ({
        subject: repo(accounts.bob.did),
        takedown: applied("1"),
      }),
      async check(_answer, { call, accounts, tokens }) {
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
      },
    },
    {
      name: "gives a takedown without a reference the time",
      call: update((world) => ({
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
      name: "lifts what is not applied",
      call: update((world) => ({ subject: blob(world), takedown: lifted })),
      body: { takedown: lifted },
    },
    {
      name: "takes down a blob that is not here, for when it comes",
      call: update((world) => ({ subject: blob(world), takedown: applied() })),
      async check(_answer, { call, accounts, tokens }) {
        const params = { did: accounts.alice.did, blob: OTHER_CID };
        const { body } = await call(GET, { params, token: tokens.admin });
        expect(body.takedown.applied).toBe(true);
      },
    },
    {
      name: "changes nothing without being told what",
      call: update((world) => ({ subject: blob(world) })),
      body: (world) => ({ subject: blob(world) }),
    },
    {
      name: "refuses takedown and activation at once",
      call: update(({ accounts }) => ({
        subject: repo(accounts.dora.did),
        takedown: applied(),
        deactivated: lifted,
      })),
      status: 400,
      error: "InvalidRequest",
      async check(_answer, { call, accounts, tokens }) {
        const params = { did: accounts.dora.did };
        const { body } = await call(GET, { params, token: tokens.admin });
        expect(body.takedown).toEqual(lifted);
      },
    },
    {
      name: "deactivates no record",
      call: update((world) => ({
        subject: record(world),
        deactivated: applied(),
      })),
      status: 400,
      error: "InvalidRequest",
    },
    {
      name: "knows no other kind of subject",
      call: update({ subject: { $type: "com.example.other" } }),
      status: 400,
      error: "InvalidRequest",
    },
    {
      name: "knows no other account",
      call: update({ subject: repo(UNKNOWN_DID), takedown: applied() }),
      status: 400,
      error: "NotFound",
    },
    {
      name: "takes no handle for a record's account",
      call: update({
        subject: {
          $type: RECORD,
          uri: "at://alice.test/a.b.c/d",
          cid: OTHER_CID,
        },
        takedown: applied(),
      }),
      status: 400,
      error: "InvalidRequest",
    },
    {
      name: "is not for accounts",
      call: ({ accounts }) => ({
        as: "alice",
        input: { subject: repo(accounts.bob.did), takedown: applied() },
      }),
      status: 401,
      error: "BadJwtType",
    },
    {
      name: "is not for everybody",
      call: ({ accounts }) => ({
        input: { subject: repo(accounts.bob.did), takedown: applied() },
      }),
      status: 401,
      error: "AuthMissing",
    },
  ],
};
