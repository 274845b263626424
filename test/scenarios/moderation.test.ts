import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Network, TestAccount } from "../support/network.ts";
import { EVERYTHING, readAll } from "../support/reads.ts";
import { until } from "../support/until.ts";
import {
  accountOf,
  ADMIN,
  blobOf,
  COLLECTION,
  type Court,
  GET,
  openCourt,
  type Post,
  recordOf,
  UPDATE,
} from "./court.ts";

/** What moderators do to records and blobs, and what everybody sees of it. */

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

describe("a report", () => {
  test("goes to the moderation service in the account's name", async () => {
    const nsid = "com.atproto.moderation.createReport";
    const input = {
      reasonType: "com.atproto.moderation.defs#reasonRude",
      subject: accountOf(alice.did),
    };
    const { status, body } = await network.call(nsid, {
      token: bob.accessJwt,
      input,
    });
    expect([status, body.reportedBy]).toEqual([200, bob.did]);
    expect(court.mods.received.at(-1)).toMatchObject({ nsid, body: input });
  });
});

describe("the moderation service", () => {
  test("acts by its own token, once by each", async () => {
    const { did } = alice;
    const token = court.modToken(GET);
    const asked = () => network.call(GET, { params: { did }, token });
    expect((await asked()).body).toEqual({
      subject: accountOf(did),
      takedown: { applied: false },
      deactivated: { applied: false },
    });
    expect(await asked()).toMatchObject({
      status: 401,
      body: { error: "BadJwt" },
    });
  });

  test.each([
    ["another method", () => court.modToken(UPDATE), "BadJwtLexiconMethod"],
    [
      "another server",
      () => court.mods.token("did:web:other.test", GET),
      "BadJwtAudience",
    ],
  ])("has no use for a token for %s", async (_name, token, error) => {
    const params = { did: alice.did };
    expect(await network.call(GET, { params, token: token() })).toMatchObject({
      status: 401,
      body: { error },
    });
  });

  test("may not do what only the operator may", async () => {
    const input = { did: alice.did, password: "taken over" };
    const nsid = "com.atproto.admin.updateAccountPassword";
    expect((await court.asMods(nsid, { input })).status).toBe(401);
  });

  test("is nobody else", async () => {
    const token = await network.call("com.atproto.server.getServiceAuth", {
      params: { aud: network.config.serviceDid, lxm: GET },
      token: bob.accessJwt,
    });
    const params = { did: alice.did };
    expect(
      await network.call(GET, { params, token: token.body.token }),
    ).toMatchObject({ status: 401, body: { error: "UntrustedIss" } });
  });

  test("writes to the account's owner", async () => {
    const { body } = await court.asMods("com.atproto.admin.sendEmail", {
      input: {
        recipientDid: alice.did,
        senderDid: court.mods.did,
        content: "<p>Please be <i>kind</i>.</p>",
      },
    });
    expect(body).toEqual({ sent: true });
    const letter = await until("the letter", 30_000, () =>
      network.mailbox.list().find(({ to }) => to === "alice@mail.test"),
    );
    expect(letter).toMatchObject({
      text: "Please be kind.",
      html: "<p>Please be <i>kind</i>.</p>",
    });
  });
});

describe("a record that is taken down", () => {
  let judged: Post;
  let other: Post;
  const rkeys = async () => {
    const params = { repo: alice.did, collection: COLLECTION };
    const nsid = "com.atproto.repo.listRecords";
    const { body } = await network.call(nsid, { params });
    return body.records.map(({ uri }: { uri: string }) => uri);
  };

  beforeAll(async () => {
    judged = await court.post(alice, PICTURE);
    other = await court.post(alice, "GIF89a of a cat");
    expect((await court.judge(recordOf(judged), true)).status).toBe(200);
  });

  const gone = { ...EVERYTHING, "repo.getRecord": "400 RecordNotFound" };

  test("can't be read as a record, and the repository stays whole", async () => {
    for (const token of [undefined, alice.accessJwt, bob.accessJwt]) {
      expect(await readAll(network, judged, token)).toEqual(gone);
    }
    expect(await rkeys()).toEqual([other.uri]);
    expect(await readAll(network, other)).toEqual(EVERYTHING);
  });

  test("stays so after a restart, and when it is written again", async () => {
    await network.restart();
    expect(await readAll(network, judged)).toEqual(gone);
    const { did, collection, rkey } = judged;
    const put = await network.call("com.atproto.repo.putRecord", {
      token: alice.accessJwt,
      input: {
        repo: did,
        collection,
        rkey,
        record: { picture: judged.picture, text: "not rude" },
      },
    });
    expect(put.status).toBe(200);
    expect(await rkeys()).toEqual([other.uri]);
  });

  test("is what its status says", async () => {
    const { uri } = judged;
    const { body } = await court.asMods(GET, { params: { uri } });
    expect(body.takedown).toEqual({ applied: true, ref: "case 7" });
  });

  test("comes back", async () => {
    await court.judge(recordOf(judged), false);
    const now = { ...judged, block: other.block };
    expect(await readAll(network, now)).toEqual(EVERYTHING);
    expect(await rkeys()).toHaveLength(2);
  });
});

describe("a blob that is taken down", () => {
  let judged: Post;
  const gone = { ...EVERYTHING, "sync.getBlob": "400 BlobNotFound" };
  const upload = () =>
    network.call("com.atproto.repo.uploadBlob", {
      token: alice.accessJwt,
      input: "GIF89a of a secret",
      type: "image/gif",
    });

  beforeAll(async () => {
    judged = await court.post(alice, "GIF89a of a secret");
    expect((await court.judge(blobOf(judged), true)).status).toBe(200);
  });

  test("can't be read by anybody, its owner and the operator included", async () => {
    for (const token of [undefined, alice.accessJwt]) {
      expect(await readAll(network, judged, token)).toEqual(gone);
    }
    const params = { did: judged.did, cid: judged.blob };
    const nsid = "com.atproto.sync.getBlob";
    expect((await network.call(nsid, { params, token: ADMIN })).status).toBe(
      400,
    );
  });

  test("can neither be uploaded nor named again", async () => {
    expect(await upload()).toMatchObject({
      status: 400,
      body: { error: "InvalidRequest" },
    });
    const { picture } = judged;
    const made = await network.call("com.atproto.repo.createRecord", {
      token: alice.accessJwt,
      input: {
        repo: alice.did,
        collection: COLLECTION,
        record: { picture },
      },
    });
    expect(made).toMatchObject({
      status: 400,
      body: { error: "BlobNotFound" },
    });
  });

  test("is moved aside on the disk, and stays so after a restart", async () => {
    await network.restart();
    const files = new Bun.Glob(`**/${judged.blob}`);
    const folder = network.config.dataFolder;
    const found = [...files.scanSync(folder)];
    expect(found).toHaveLength(1);
    expect(found[0]).toContain("quarantine/");
    expect(await readAll(network, judged)).toEqual(gone);
  });

  test("comes back with the same bytes", async () => {
    await court.judge(blobOf(judged), false);
    expect(await readAll(network, judged)).toEqual(EVERYTHING);
    const { body } = await network.call("com.atproto.sync.getBlob", {
      params: { did: judged.did, cid: judged.blob },
    });
    expect(new TextDecoder().decode(body)).toBe("GIF89a of a secret");
    expect((await upload()).status).toBe(200);
  });
});
