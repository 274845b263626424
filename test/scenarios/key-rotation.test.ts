import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { decodeCar } from "#repo/car.ts";
import { verifyCommit } from "#repo/commit.ts";
import { decodeFrame } from "#repo/frame.ts";
import type { KeyRotationStep } from "#contexts/accounts/key-rotation.ts";
import {
  createFollower,
  openStream,
  type Follower,
  type Stream,
} from "../support/firehose.ts";
import {
  ADMIN_PASSWORD,
  startNetwork,
  type Network,
  type TestAccount,
} from "../support/network.ts";
import { until } from "../support/until.ts";

/** The key of an account is changed, and everybody can follow. */

const ROTATE = "com.atproto.admin.updateAccountSigningKey";
const ADMIN = `Basic ${btoa(`admin:${ADMIN_PASSWORD}`)}`;

let network: Network;
let alice: TestAccount;
let stream: Stream;
let follower: Follower;
/** Events and the commits that they carry. */
const seen: { t: string | null; commit: Uint8Array | null }[] = [];
/** Ends the work at this step, as the end of the process would. */
let crashAt: KeyRotationStep | null = null;
/** What becomes of operations on their way to the directory. */
let directory: "works" | "is away" | "refuses" | "gives no answer" = "works";

const plcProxy = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  async fetch(request) {
    const { pathname } = new URL(request.url);
    const isOperation = request.method === "POST";
    if (isOperation && directory === "is away") {
      return new Response(null, { status: 502 });
    }
    if (isOperation && directory === "refuses") {
      return Response.json({ message: "no" }, { status: 400 });
    }
    const answer = await fetch(`${network.plcUrl}${pathname}`, {
      method: request.method,
      headers: { "content-type": "application/json" },
      ...(isOperation && { body: await request.text() }),
    });
    if (isOperation && directory === "gives no answer") {
      return new Response(null, { status: 502 });
    }
    return new Response(await answer.text(), { status: answer.status });
  },
});

beforeAll(async () => {
  network = await startNetwork({
    settings: { TEMPEST_DID_PLC_URL: plcProxy.url.origin },
    deps: {
      checkpoint(step) {
        if (step === crashAt) throw new Error(`killed at ${step}`);
      },
    },
  });
  alice = await network.createAccount("alice");
  await write();
  follower = createFollower();
  await follow();
});
afterAll(async () => {
  stream.close();
  await network.stop();
  await plcProxy.stop(true);
});

async function follow(): Promise<void> {
  stream = await openStream(network.url, follower.lastSeq, (frame) => {
    follower.take(frame);
    const { t, payload } = decodeFrame(frame);
    const commit = t === "#commit" ? decodeCar(payload.blocks).blocks[0] : null;
    seen.push({ t, commit: commit?.bytes ?? null });
  });
}

async function restart(): Promise<void> {
  stream.close();
  await stream.closed;
  await network.restart();
  await follow();
}

const rotate = (signingKey: string, did = alice.did) =>
  network.call(ROTATE, { token: ADMIN, input: { did, signingKey } });

async function reserveKey(did?: string): Promise<string> {
  const nsid = "com.atproto.server.reserveSigningKey";
  const { body } = await network.call(nsid, { input: did ? { did } : {} });
  return body.signingKey;
}

const write = () =>
  network.call("com.atproto.repo.createRecord", {
    token: alice.accessJwt,
    input: { repo: alice.did, collection: "com.example.thing", record: {} },
  });

async function keyInPlc(): Promise<string> {
  const answer = await fetch(`${network.plcUrl}/${alice.did}/data`);
  const { verificationMethods } = (await answer.json()) as {
    verificationMethods: Record<string, string>;
  };
  return verificationMethods.atproto!;
}

/** The last commit, by the export of the repository. */
async function lastCommit(): Promise<Uint8Array> {
  const params = { did: alice.did };
  const nsid = "com.atproto.sync.getRepo";
  const { body } = await network.call(nsid, { params });
  return decodeCar(body).blocks[0]!.bytes;
}

/** The identity names the key, and head and next commit are signed with it. */
async function expectKey(didKey: string): Promise<void> {
  expect(await keyInPlc()).toBe(didKey);
  expect(verifyCommit(await lastCommit(), didKey)).toBe(true);
  expect((await write()).status).toBe(200);
  expect(verifyCommit(await lastCommit(), didKey)).toBe(true);
}

/** Readers of the stream could follow; the last events before the next write are the given ones. */
async function expectTold(...kinds: string[]): Promise<void> {
  const view = () => follower.repos.get(alice.did);
  await until("the events", 30_000, () =>
    view()
      ?.kinds.join()
      .endsWith([...kinds, "#commit"].join()),
  );
  expect(follower.problems).toEqual([]);
}

const TOLD = ["#identity", "#commit", "#sync"];

describe("a rotation", () => {
  test("changes the key everywhere, once", async () => {
    const before = await keyInPlc();
    const didKey = await reserveKey(alice.did);
    expect(didKey).not.toBe(before);
    expect((await rotate(didKey)).status).toBe(200);
    await expectKey(didKey);
    await expectTold(...TOLD);
    const { events } = follower;
    expect((await rotate(didKey)).status).toBe(200);
    expect((await rotate(before)).status).toBe(400);
    await expectKey(didKey);
    await until("the commit", 30_000, () => follower.events > events);
    expect(follower.events).toBe(events + 1);
  });

  test("takes a key that was reserved for nobody, and outlives a restart", async () => {
    const didKey = await reserveKey();
    expect((await rotate(didKey)).status).toBe(200);
    await restart();
    await expectKey(didKey);
    await expectTold(...TOLD);
  });

  test("lets other servers check tokens of the account", async () => {
    const { body } = await network.call("com.atproto.server.getServiceAuth", {
      params: {
        aud: network.config.serviceDid,
        lxm: "com.atproto.repo.uploadBlob",
      },
      token: alice.accessJwt,
    });
    const upload = await network.call("com.atproto.repo.uploadBlob", {
      token: body.token,
      input: "bytes",
      type: "text/plain",
    });
    expect(upload.status).toBe(200);
  });

  test("does not disturb writes that are under way", async () => {
    const before = await keyInPlc();
    seen.length = 0;
    const didKey = await reserveKey();
    const [rotated, ...written] = await Promise.all([
      rotate(didKey),
      ...Array.from({ length: 20 }, write),
    ]);
    expect(rotated.status).toBe(200);
    expect(written.map(({ status }) => status)).toEqual(Array(20).fill(200));
    await expectKey(didKey);
    const { body } = await network.call("com.atproto.sync.getLatestCommit", {
      params: { did: alice.did },
    });
    await until("all events", 30_000, () => {
      return follower.repos.get(alice.did)?.rev === body.rev;
    });
    expect(follower.problems).toEqual([]);
    // Readers fetch the key again when they hear of the identity, not before.
    const change = seen.findLastIndex(({ t }) => t === "#identity");
    const keys = seen.flatMap(({ commit }, at) =>
      commit === null
        ? []
        : [verifyCommit(commit, at < change ? before : didKey)],
    );
    expect(keys).toEqual(keys.map(() => true));
    expect(keys.length).toBeGreaterThanOrEqual(22);
  });
});

describe("a rotation is refused", () => {
  test.each([
    ["for a key of somebody else", async () => reserveKey("did:plc:other")],
    [
      "for a key that nobody here has",
      async () => "did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme",
    ],
  ])("%s", async (_name, makeKey) => {
    const before = await keyInPlc();
    const { status, body } = await rotate(await makeKey());
    expect([status, body.error]).toEqual([400, "InvalidRequest"]);
    await expectKey(before);
  });

  test("for an account that is not active", async () => {
    const bob = await network.createAccount("bob");
    const didKey = await reserveKey();
    await network.call("com.atproto.admin.updateSubjectStatus", {
      token: ADMIN,
      input: {
        subject: { $type: "com.atproto.admin.defs#repoRef", did: bob.did },
        takedown: { applied: true },
      },
    });
    const { status, body } = await rotate(didKey, bob.did);
    expect([status, body.error]).toEqual([400, "InvalidRequest"]);
  });
});

describe("a rotation that was interrupted is finished after it was", () => {
  const steps: KeyRotationStep[] = [
    "begun",
    "submitted",
    "changed",
    "told",
    "published",
  ];
  test.each(steps.map((step) => [step]))("%s", async (step) => {
    const didKey = await reserveKey();
    crashAt = step;
    expect((await rotate(didKey)).status).toBe(500);
    crashAt = null;
    await restart();
    await until("the new key", 30_000, async () =>
      verifyCommit(await lastCommit(), didKey),
    );
    // The same call again finds it done, or waits until it is.
    expect((await rotate(didKey)).status).toBe(200);
    await expectKey(didKey);
    await expectTold("#commit", "#sync");
  });
});

describe("while the directory", () => {
  test("refuses, nothing changes", async () => {
    const before = await keyInPlc();
    const didKey = await reserveKey();
    directory = "refuses";
    const { status, body } = await rotate(didKey);
    expect([status, body.error]).toEqual([502, "UpstreamFailure"]);
    directory = "works";
    await expectKey(before);
    expect((await rotate(didKey)).status).toBe(200);
    await expectKey(didKey);
  });

  test.each([["is away" as const], ["gives no answer" as const]])(
    "%s, the account writes on, and the change waits",
    async (how) => {
      const didKey = await reserveKey();
      directory = how;
      const { status, body } = await rotate(didKey);
      expect([status, body.error]).toEqual([503, "ServiceUnavailable"]);
      expect((await write()).status).toBe(200);
      directory = "works";
      await restart();
      await until("the new key", 30_000, async () =>
        verifyCommit(await lastCommit(), didKey),
      );
      await expectKey(didKey);
      await expectTold(...TOLD);
    },
  );
});
