import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { decodeFrame } from "#repo/frame.ts";
import type { Did } from "#repo/syntax.ts";
import { openStream, type Stream } from "../support/firehose.ts";
import type { Network, TestAccount } from "../support/network.ts";
import { EVERYTHING, hidden, readAll } from "../support/reads.ts";
import { until } from "../support/until.ts";
import {
  accountOf,
  ADMIN,
  COLLECTION,
  type Court,
  GET,
  openCourt,
  type Post,
  UPDATE,
} from "./court.ts";

/** What moderators do to accounts, and what everybody sees of it. */

let court: Court;
let network: Network;
let alice: TestAccount;
let bob: TestAccount;

beforeAll(async () => {
  court = await openCourt();
  ({ network, alice, bob } = court);
});
afterAll(() => court.stop());

const PICTURE = "GIF89a of something rude";

describe("an account that is taken down", () => {
  let judged: Post;
  let stream: Stream;
  const events: object[] = [];
  let leaving: string;

  const signIn = (more: object = {}) =>
    network.call("com.atproto.server.createSession", {
      input: { identifier: bob.did, password: bob.password, ...more },
    });
  const write = (token: string) =>
    network.call("com.atproto.repo.createRecord", {
      token,
      input: { repo: bob.did, collection: COLLECTION, record: {} },
    });
  const told = (count: number) =>
    until("the event", 30_000, () => events.length >= count);

  beforeAll(async () => {
    judged = await court.post(bob, PICTURE);
    stream = await openStream(network.url, null, (frame) => {
      const { t, payload } = decodeFrame(frame);
      if (t !== "#account") return;
      const { active, status } = payload;
      events.push({ did: payload.did, active, status });
    });
    expect((await court.judge(accountOf(bob.did), true)).status).toBe(200);
  });
  afterAll(() => stream.close());

  const gone = hidden("RepoTakendown", {
    "identity.resolveHandle": "400 HandleNotFound",
  });

  test("is out of sight, and the network is told", async () => {
    expect(await readAll(network, judged)).toEqual(gone);
    expect(await readAll(network, judged, alice.accessJwt)).toEqual(gone);
    await told(1);
    expect(events).toEqual([
      { did: bob.did, active: false, status: "takendown" },
    ]);
    const params = { did: bob.did };
    const status = await network.call("com.atproto.sync.getRepoStatus", {
      params,
    });
    expect(status.body).toEqual({
      ...params,
      active: false,
      status: "takendown",
    });
  });

  test("is there for the operator", async () => {
    expect(await readAll(network, judged, ADMIN)).toEqual({
      ...EVERYTHING,
      "repo.getRecord": "400 InvalidRequest",
      "repo.listRecords": "400 InvalidRequest",
      "repo.describeRepo": "400 RepoTakendown",
      "identity.resolveHandle": "400 HandleNotFound",
    });
  });

  test("has lost its sessions and can't begin another", async () => {
    expect((await write(bob.accessJwt)).status).toBeOneOf([400, 401]);
    const refresh = await network.call("com.atproto.server.refreshSession", {
      token: bob.refreshJwt,
      input: "",
      headers: { "content-type": "" },
    });
    expect(refresh).toMatchObject({
      status: 401,
      body: { error: "AccountTakedown" },
    });
    expect(await signIn()).toMatchObject({
      status: 401,
      body: { error: "AccountTakedown" },
    });
  });

  test("can begin one in which it can only leave and appeal", async () => {
    const { status, body } = await signIn({ allowTakendown: true });
    expect([status, body.active, body.status]).toEqual([
      200,
      false,
      "takendown",
    ]);
    leaving = body.accessJwt;
    const own = await readAll(network, judged, leaving);
    const open = ["sync.getRepo", "sync.getBlob", "sync.listBlobs"];
    for (const name of open) expect([name, own[name]]).toEqual([name, "200"]);
    expect(own["sync.getRecord"]).toBe("400 InvalidToken");
    expect((await write(leaving)).body.error).toBe("InvalidToken");
    const appeal = await network.call("com.atproto.moderation.createReport", {
      token: leaving,
      input: {
        reasonType: "com.atproto.moderation.defs#reasonAppeal",
        subject: accountOf(bob.did),
      },
    });
    expect(appeal.status).toBe(200);
    const other = await network.call("tools.ozone.moderation.queryEvents", {
      token: leaving,
    });
    expect(other.body.error).toBe("InvalidToken");
  });

  test("stays so after a restart", async () => {
    await network.restart();
    expect(await readAll(network, judged)).toEqual(gone);
  });

  test("comes back, and its owner signs in anew", async () => {
    stream.close();
    stream = await openStream(network.url, 0, (frame) => {
      const { t, payload } = decodeFrame(frame);
      if (t !== "#account" || payload.did !== bob.did) return;
      events.push({ active: payload.active });
    });
    events.length = 0;
    expect((await court.judge(accountOf(bob.did), false)).status).toBe(200);
    expect(await readAll(network, judged)).toEqual(EVERYTHING);
    await told(3);
    expect(events).toEqual([
      { active: true },
      { active: false },
      { active: true },
    ]);
    expect((await write(bob.accessJwt)).status).toBe(400);
    const { body } = await signIn();
    bob = { ...bob, ...body };
    expect((await write(bob.accessJwt)).status).toBe(200);
  });

  test("is not lifted by its owner", async () => {
    await court.judge(accountOf(bob.did), true);
    const nsid = "com.atproto.server.activateAccount";
    const { body } = await signIn({ allowTakendown: true });
    const token = body.accessJwt;
    expect((await network.call(nsid, { token, input: "" })).status).toBe(400);
    await court.judge(accountOf(bob.did), false);
  });
});

describe("what can be read of an account", () => {
  const states = () => network.app.accounts.states;
  const signIn = () =>
    network.call("com.atproto.server.createSession", {
      input: { identifier: bob.did, password: bob.password },
    });
  let owned: Post;
  beforeAll(async () => {
    const { body } = await signIn();
    bob = { ...bob, ...body };
    owned = await court.post(bob, PICTURE);
  });

  test("that is deactivated", async () => {
    const input = {
      subject: accountOf(bob.did),
      deactivated: { applied: true },
    };
    await court.asMods(UPDATE, { input });
    expect(await readAll(network, owned)).toEqual(
      hidden("RepoDeactivated", { "identity.resolveHandle": "200" }),
    );
    const own = {
      ...EVERYTHING,
      "repo.getRecord": "400 InvalidRequest",
      "repo.listRecords": "400 InvalidRequest",
      "repo.describeRepo": "400 RepoDeactivated",
    };
    expect(await readAll(network, owned, bob.accessJwt)).toEqual(own);
    expect(await readAll(network, owned, ADMIN)).toEqual(own);
    const write = await network.call("com.atproto.repo.createRecord", {
      token: bob.accessJwt,
      input: { repo: bob.did, collection: COLLECTION, record: {} },
    });
    expect([write.status, write.body.error]).toEqual([
      401,
      "AccountDeactivated",
    ]);
    const entered = await signIn();
    expect(entered.body).toMatchObject({ status: "deactivated" });
    await court.asMods(UPDATE, {
      input: { ...input, deactivated: { applied: false } },
    });
    expect(await readAll(network, owned)).toEqual(EVERYTHING);
  });

  test("that is suspended", async () => {
    await states().suspend(bob.did as Did);
    expect(await readAll(network, owned)).toEqual(
      hidden("RepoSuspended", {
        "identity.resolveHandle": "400 HandleNotFound",
      }),
    );
    expect((await signIn()).body.error).toBe("AccountTakedown");
    await states().unsuspend(bob.did as Did);
    expect(await readAll(network, owned)).toEqual(EVERYTHING);
  });

  test("that is deleted", async () => {
    const { status } = await network.call("com.atproto.admin.deleteAccount", {
      token: ADMIN,
      input: { did: bob.did },
    });
    expect(status).toBe(200);
    const nothing = hidden("RepoNotFound", {
      "sync.getRepoStatus": "400 RepoNotFound",
      "identity.resolveHandle": "400 HandleNotFound",
    });
    expect(await readAll(network, owned)).toEqual(nothing);
    expect(await readAll(network, owned, ADMIN)).toEqual(nothing);
    // A takedown outlives the account; there is just nobody to ask about.
    const asked = await court.asMods(GET, { params: { did: bob.did } });
    expect(asked).toMatchObject({ status: 400, body: { error: "NotFound" } });
  });
});
