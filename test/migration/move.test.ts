import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { runRelayReader } from "../followers/relay-reader.ts";
import { eventsOf, lastSeqOf, readEvents } from "../support/events.ts";
import { makePosts } from "../support/foreign-repo.ts";
import { importCar } from "../support/mover.ts";
import {
  startNetwork,
  type Network,
  type TestAccount,
} from "../support/network.ts";
import { until } from "../support/until.ts";
import { findTool } from "../../scripts/tools.ts";

/**
 * An account moves from one server to another by the calls of `goat account
 * migrate`, in their order. Both servers know the same directory.
 */
const POSTS = 150;
const relaycheck = findTool("relaycheck");

let old: Network;
let fresh: Network;
let alice: TestAccount;
/** Token on the new server. */
let token: string;
let car: Uint8Array;
let blobCids: string[];

beforeAll(async () => {
  old = await startNetwork({
    settings: { TEMPEST_SERVICE_DID: "did:web:old.example.com" },
  });
  fresh = await startNetwork({
    settings: {
      TEMPEST_DID_PLC_URL: old.plcUrl,
      TEMPEST_SERVICE_DID: "did:web:new.example.com",
      TEMPEST_SERVICE_HANDLE_DOMAINS: ".new.test",
    },
  });
  alice = await old.createAccount("alice");
  await furnish();
});
afterAll(async () => {
  await fresh.stop();
  await old.stop();
});

/** Posts, some of them gone again, pictures and preferences. */
async function furnish(): Promise<void> {
  const repo = alice.did;
  const posts = [...makePosts(POSTS)].map(([path, value]) => {
    const [collection, rkey] = path.split("/") as [string, string];
    return { collection, rkey, value };
  });
  for (let i = 0; i < POSTS; i += 50) {
    const writes = posts.slice(i, i + 50).map((post) => ({
      $type: "com.atproto.repo.applyWrites#create",
      ...post,
    }));
    await ask(old, "com.atproto.repo.applyWrites", { repo, writes });
  }
  const { collection, rkey } = posts[7]!;
  const gone = { repo, collection, rkey };
  await ask(old, "com.atproto.repo.deleteRecord", gone);
  for (let i = 0; i < 3; i++) {
    const { body } = await old.call("com.atproto.repo.uploadBlob", {
      ...{ token: alice.accessJwt, input: `file ${i}`, type: "text/plain" },
    });
    const record = { $type: "com.example.file", blob: body.blob };
    const input = { repo, collection: "com.example.file", record };
    await ask(old, "com.atproto.repo.createRecord", input);
  }
  await ask(old, "app.bsky.actor.putPreferences", {
    preferences: [
      { $type: "app.bsky.actor.defs#adultContentPref", enabled: true },
      { $type: "app.bsky.actor.defs#interestsPref", tags: ["weather"] },
    ],
  });
}

/** A call that has to succeed; a query without input. */
async function ask(
  network: Network,
  nsid: string,
  input?: object,
  params?: Record<string, string | number>,
) {
  const answer = await network.call(nsid, {
    token: network === old ? alice.accessJwt : token,
    ...(input && { input }),
    ...(params && { params }),
  });
  expect({ nsid, status: answer.status, body: answer.body }).toMatchObject({
    nsid,
    status: 200,
  });
  return answer.body;
}

const status = () => ask(fresh, "com.atproto.server.checkAccountStatus");

async function codeFromMail(): Promise<string> {
  return until("a letter with a code", 30_000, () => {
    const [mail] = old.mailbox.list();
    return /\b[A-Z2-7]{5}-[A-Z2-7]{5}\b/.exec(mail?.text ?? "")?.[0];
  });
}

describe("a move between two servers", () => {
  test("begins with a deactivated account of the same DID", async () => {
    const { did: aud } = await ask(fresh, "com.atproto.server.describeServer");
    expect(aud).toBe("did:web:new.example.com");
    const lxm = "com.atproto.server.createAccount";
    const service = await ask(
      old,
      "com.atproto.server.getServiceAuth",
      undefined,
      { aud, lxm },
    );
    const input = {
      did: alice.did,
      handle: "alice.new.test",
      email: "alice@mail.test",
      password: "moved",
    };
    const made = await fresh.call(lxm, { token: service.token, input });
    expect(made.status).toBe(200);
    const session = await fresh.call("com.atproto.server.createSession", {
      input: { identifier: alice.did, password: "moved" },
    });
    expect(session.body).toMatchObject({
      did: alice.did,
      active: false,
      status: "deactivated",
    });
    token = session.body.accessJwt;
  });

  test("brings the repository", async () => {
    const params = { did: alice.did };
    const answer = await old.call("com.atproto.sync.getRepo", { params });
    car = answer.body;
    const imported = await importCar(fresh, token, car);
    expect(imported.status).toBe(200);
    const head = await old.call("com.atproto.sync.getLatestCommit", { params });
    expect(await status()).toMatchObject({
      activated: false,
      validDid: false,
      repoCommit: head.body.cid,
      repoRev: head.body.rev,
      indexedRecords: POSTS - 1 + 3,
      expectedBlobs: 3,
      importedBlobs: 0,
    });
  });

  test("brings preferences and blobs", async () => {
    const nsid = "app.bsky.actor.getPreferences";
    const { preferences } = await ask(old, nsid);
    await ask(fresh, "app.bsky.actor.putPreferences", { preferences });
    expect((await ask(fresh, nsid)).preferences).toEqual(preferences);

    const listMissing = "com.atproto.repo.listMissingBlobs";
    expect((await ask(fresh, listMissing)).blobs).toHaveLength(3);
    const listed = await ask(old, "com.atproto.sync.listBlobs", undefined, {
      did: alice.did,
      limit: 100,
    });
    blobCids = listed.cids;
    for (const cid of blobCids) {
      const { body, headers } = await old.call("com.atproto.sync.getBlob", {
        params: { did: alice.did, cid },
      });
      const sent = await fresh.call("com.atproto.repo.uploadBlob", {
        ...{ token, input: body, type: headers.get("content-type")! },
      });
      expect(sent.body.blob.ref.$link).toBe(cid);
    }
    expect((await ask(fresh, listMissing)).blobs).toEqual([]);
    expect(await status()).toMatchObject({
      expectedBlobs: 3,
      importedBlobs: 3,
    });
  });

  test("does not end before the identity says so", async () => {
    const nsid = "com.atproto.server.activateAccount";
    const { status, body } = await fresh.call(nsid, {
      token,
      headers: { "content-length": "0" },
      input: "",
    });
    expect([status, body.error]).toEqual([400, "InvalidRequest"]);
    expect(body.message).toContain(fresh.url);
  });

  test("changes the identity", async () => {
    const wanted = await ask(
      fresh,
      "com.atproto.identity.getRecommendedDidCredentials",
    );
    expect(wanted.services.atproto_pds.endpoint).toBe(fresh.url);
    await post(old, "com.atproto.identity.requestPlcOperationSignature");
    const code = await codeFromMail();
    const { operation } = await ask(
      old,
      "com.atproto.identity.signPlcOperation",
      { ...wanted, token: code },
    );
    await ask(fresh, "com.atproto.identity.submitPlcOperation", { operation });
    expect((await status()).validDid).toBe(true);
  });

  test("ends with the account active here and not there", async () => {
    await post(fresh, "com.atproto.server.activateAccount");
    await post(fresh, "com.atproto.server.activateAccount");
    await ask(old, "com.atproto.server.deactivateAccount", {});
    expect(await status()).toMatchObject({ activated: true, validDid: true });
    const params = { did: alice.did };
    const nsid = "com.atproto.sync.getRepoStatus";
    expect((await fresh.call(nsid, { params })).body.active).toBe(true);
    expect((await old.call(nsid, { params })).body).toMatchObject({
      active: false,
      status: "deactivated",
    });
  });

  test("lets the owner write on, on the new server only", async () => {
    const input = {
      repo: alice.did,
      collection: "app.bsky.feed.post",
      record: { text: "I moved", createdAt: new Date().toISOString() },
    };
    const nsid = "com.atproto.repo.createRecord";
    await ask(fresh, nsid, input);
    const refused = await old.call(nsid, { token: alice.accessJwt, input });
    expect([refused.status, refused.body.error]).toEqual([
      401,
      "AccountDeactivated",
    ]);
    const [cid] = blobCids;
    const params = { did: alice.did, cid: cid! };
    const blob = await fresh.call("com.atproto.sync.getBlob", { params });
    expect(blob.status).toBe(200);
  });
});

describe("the events of a move", () => {
  test("go on from where the old server stopped", async () => {
    const before = eventsOf(await readEvents(old), alice.did);
    const after = eventsOf(await readEvents(fresh), alice.did);
    const kinds = after.map(({ t }) => t);
    // The identity was also told of when it changed.
    expect(kinds).toEqual([
      "#identity",
      "#account",
      "#identity",
      "#commit",
      "#sync",
      "#commit",
    ]);
    expect(before.at(-1)).toMatchObject({
      t: "#account",
      payload: { active: false, status: "deactivated" },
    });
    const last = before.findLast(({ t }) => t === "#commit")!;
    const first = after.find(({ t }) => t === "#commit")!;
    expect(first.payload).toMatchObject({
      since: (last.payload as { rev: string }).rev,
      ops: [],
    });
    expect(after[4]!.payload).toMatchObject({
      rev: (first.payload as { rev: string }).rev,
    });
  });

  test.skipIf(relaycheck === null && !process.env.CI)(
    relaycheck === null
      ? "satisfy a strict relay (relaycheck is not built)"
      : "satisfy a strict relay",
    async () => {
      const plcUrl = old.plcUrl;
      const untilSeq = lastSeqOf(fresh);
      const url = fresh.url;
      const report = await runRelayReader(relaycheck!, {
        ...{ url, plcUrl, untilSeq },
      });
      expect(report.failures).toEqual([]);
      expect(report.events).toMatchObject({ commit: 2, sync: 1 });
    },
  );
});

/** A procedure without input. */
async function post(network: Network, nsid: string): Promise<void> {
  const auth = network === old ? alice.accessJwt : token;
  const response = await fetch(`${network.url}/xrpc/${nsid}`, {
    method: "POST",
    headers: { authorization: `Bearer ${auth}` },
  });
  expect([nsid, response.status, await response.text()]).toEqual([
    nsid,
    200,
    "",
  ]);
}
