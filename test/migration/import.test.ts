import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createBlockMap } from "#repo/block.ts";
import { decodeCar } from "#repo/car.ts";
import { cidOfCbor, cidOfRaw, formatCid, toLink } from "#repo/cid.ts";
import { decodeCommit } from "#repo/commit.ts";
import type { CommitPayload } from "#repo/frame-reader.ts";
import { encodeDrisl, type LexMap } from "#repo/drisl.ts";
import { tidFromMicros } from "#repo/tid.ts";
import { createLogger } from "#lib/log.ts";
import { eventsOf, readEvents } from "../support/events.ts";
import {
  carOf,
  makeForeignRepo,
  makePosts,
  rawCar,
  type ForeignRepo,
} from "../support/foreign-repo.ts";
import {
  arrive,
  createMover,
  importCar,
  pointHere,
  type Mover,
} from "../support/mover.ts";
import {
  startNetwork,
  type Network,
  type TestAccount,
} from "../support/network.ts";

/** What an import takes, and what the account is afterwards. */
let network: Network;
const lines: string[] = [];
beforeAll(async () => {
  const log = createLogger({
    level: "info",
    write: (line) => void lines.push(line),
  });
  network = await startNetwork({ deps: { log } });
});
afterAll(() => network.stop());

let count = 0;

async function newcomer(): Promise<{ mover: Mover; account: TestAccount }> {
  const mover = await createMover(network);
  return { mover, account: await arrive(network, mover, `new${++count}`) };
}

const repoOf = (mover: Mover, records: Iterable<[string, LexMap]>) =>
  makeForeignRepo({ ...mover, records });

const status = async ({ accessJwt: token }: TestAccount) =>
  (await network.call("com.atproto.server.checkAccountStatus", { token })).body;

/** Everything that the account's repository exports, by CID. */
async function exportOf({ did, accessJwt: token }: TestAccount) {
  const params = { did };
  const answer = await network.call("com.atproto.sync.getRepo", {
    params,
    token,
  });
  expect(answer.status).toBe(200);
  const { roots, blocks } = decodeCar(answer.body);
  return { root: roots[0]!, blocks };
}

async function expectSame(account: TestAccount, repo: ForeignRepo) {
  const { root, blocks } = await exportOf(account);
  expect(formatCid(root)).toBe(formatCid(repo.commit.cid));
  const texts = (list: readonly { cid: Uint8Array }[]) =>
    list.map(({ cid }) => formatCid(cid)).sort();
  expect(texts(blocks)).toEqual(texts([repo.commit, ...repo.blocks]));
}

async function activate({ accessJwt }: TestAccount): Promise<Response> {
  return fetch(`${network.url}/xrpc/com.atproto.server.activateAccount`, {
    method: "POST",
    headers: { authorization: `Bearer ${accessJwt}` },
  });
}

const lastReport = () =>
  JSON.parse(lines.findLast((line) => line.includes("repo.imported"))!);

describe("an import", () => {
  test("keeps the commit that came, and every block of it", async () => {
    const { mover, account } = await newcomer();
    const repo = repoOf(mover, makePosts(300));
    expect(
      (await importCar(network, account.accessJwt, carOf(repo))).status,
    ).toBe(200);
    await expectSame(account, repo);
    expect(await status(account)).toMatchObject({
      activated: false,
      repoRev: repo.rev,
      repoCommit: formatCid(repo.commit.cid),
      repoBlocks: repo.blocks.length + 1,
      indexedRecords: 300,
    });
    expect(eventsOf(await readEvents(network), account.did)).toEqual([]);
  });

  test("takes blocks in any order, leaves out what nothing refers to, and says so", async () => {
    const { mover, account } = await newcomer();
    const repo = repoOf(mover, makePosts(50));
    const stray = encodeDrisl({ stray: true });
    const blocks = [
      ...repo.blocks.toReversed(),
      { cid: cidOfCbor(stray), bytes: stray },
      ...repo.blocks.slice(0, 5),
      repo.commit,
    ];
    const car = rawCar(repo.commit.cid, blocks);
    expect((await importCar(network, account.accessJwt, car)).status).toBe(200);
    await expectSame(account, repo);
    expect(lastReport()).toMatchObject({
      did: account.did,
      records: 50,
      blocks: repo.blocks.length + 1,
      duplicateBlocks: 5,
      unreferencedBlocks: 1,
      misfits: 0,
    });
  });

  test("can be repeated, and the last one counts", async () => {
    const { mover, account } = await newcomer();
    const token = account.accessJwt;
    for (const size of [10, 40, 40, 3]) {
      const repo = repoOf(mover, makePosts(size));
      expect((await importCar(network, token, carOf(repo))).status).toBe(200);
      await expectSame(account, repo);
    }
    const { body } = await network.call("com.atproto.repo.listRecords", {
      params: { repo: account.did, collection: "app.bsky.feed.post" },
    });
    // Nobody sees it yet.
    expect(body.error).toBe("InvalidRequest");
  });

  test("takes an empty repository", async () => {
    const { mover, account } = await newcomer();
    const repo = repoOf(mover, []);
    expect(
      (await importCar(network, account.accessJwt, carOf(repo))).status,
    ).toBe(200);
    await expectSame(account, repo);
    // The one node of an empty tree need not be sent.
    const bare = rawCar(repo.commit.cid, [repo.commit]);
    expect((await importCar(network, account.accessJwt, bare)).status).toBe(
      200,
    );
    await expectSame(account, repo);
  });

  test("completes a CAR of changes from what is here", async () => {
    const { mover, account } = await newcomer();
    const token = account.accessJwt;
    const all = [...makePosts(120)];
    const first = repoOf(mover, all.slice(0, 100));
    expect((await importCar(network, token, carOf(first))).status).toBe(200);
    const second = repoOf(mover, all);
    const had = createBlockMap(first.blocks);
    const changes = second.blocks.filter(({ cid }) => !had.getBlock(cid));
    expect(changes.length).toBeLessThan(60);
    const car = carOf({ ...second, blocks: changes });
    expect((await importCar(network, token, car)).status).toBe(200);
    await expectSame(account, second);
  });

  test("keeps records that could not be written here, and reports them", async () => {
    const { mover, account } = await newcomer();
    // A float, which is no part of the data model; dag-cbor could write it.
    const float = Buffer.from("a1616efb3ff8000000000000", "hex");
    const repo = makeForeignRepo({
      ...mover,
      records: [
        ["app.bsky.feed.post/3kabcdefgh222", { $type: "app.bsky.feed.post" }],
        ["app.bsky.feed.post/3kabcdefgh223", { $type: "com.example.other" }],
        ["com.example.free/any", { $type: "com.example.free", n: 1 }],
        ["com.example.old/float", new Uint8Array(float)],
        ...makePosts(5),
      ],
    });
    const { accessJwt: token, did } = account;
    expect((await importCar(network, token, carOf(repo))).status).toBe(200);
    await expectSame(account, repo);
    const report = lastReport();
    expect(report).toMatchObject({ records: 9, misfits: 3 });
    expect(report.misfitPaths).toEqual([
      "app.bsky.feed.post/3kabcdefgh222",
      "app.bsky.feed.post/3kabcdefgh223",
      "com.example.old/float",
    ]);
    await pointHere(network, mover, token);
    expect((await activate(account)).status).toBe(200);
    for (const [collection, expected] of [
      ["app.bsky.feed.post", 7],
      ["com.example.free", 1],
    ] as const) {
      const { status, body } = await network.call(
        "com.atproto.repo.listRecords",
        { params: { repo: did, collection } },
      );
      expect([status, body.records.length]).toEqual([200, expected]);
    }
  });

  test("counts collections anew and knows which blobs are missing", async () => {
    const { mover, account } = await newcomer();
    const { accessJwt: token, did } = account;
    const bytes = new TextEncoder().encode("a picture");
    const cid = cidOfRaw(bytes);
    const blob = {
      $type: "blob",
      ref: toLink(cid),
      mimeType: "text/plain",
      size: bytes.length,
    };
    const repo = repoOf(mover, [
      ["com.example.pictures/one", { $type: "com.example.pictures", blob }],
      ["com.example.pictures/two", { $type: "com.example.pictures", blob }],
      ...makePosts(4),
    ]);
    expect((await importCar(network, token, carOf(repo))).status).toBe(200);
    expect(await status(account)).toMatchObject({
      expectedBlobs: 1,
      importedBlobs: 0,
    });
    const missing = "com.atproto.repo.listMissingBlobs";
    expect((await network.call(missing, { token })).body.blobs).toEqual([
      {
        cid: formatCid(cid),
        recordUri: `at://${did}/com.example.pictures/one`,
      },
    ]);
    await network.call("com.atproto.repo.uploadBlob", {
      ...{ token, input: bytes, type: "text/plain" },
    });
    expect((await network.call(missing, { token })).body.blobs).toEqual([]);
    await pointHere(network, mover, token);
    expect((await activate(account)).status).toBe(200);
    const { body } = await network.call(
      "com.atproto.sync.listReposByCollection",
      { params: { collection: "com.example.pictures" } },
    );
    expect(body.repos).toEqual([{ did }]);
    const file = await network.call("com.atproto.sync.getBlob", {
      params: { did, cid: formatCid(cid) },
    });
    expect(file.status).toBe(200);
  });

  test("is believed by any key that the identity has named", async () => {
    const { mover, account } = await newcomer();
    const repo = repoOf(mover, makePosts(3));
    await pointHere(network, mover, account.accessJwt);
    // By now the identity names our key; the old one is in its history.
    expect(
      (await importCar(network, account.accessJwt, carOf(repo))).status,
    ).toBe(200);
    await expectSame(account, repo);
  });

  test("of an account's own export is believed", async () => {
    const account = await network.createAccount("own");
    const { blocks, root } = await exportOf(account);
    const car = rawCar(root, blocks);
    expect((await importCar(network, account.accessJwt, car)).status).toBe(200);
  });
});

describe("after an import", () => {
  test("an activation goes on from the commit that came", async () => {
    const { mover, account } = await newcomer();
    const { accessJwt: token, did } = account;
    const repo = repoOf(mover, makePosts(30));
    await importCar(network, token, carOf(repo));
    await pointHere(network, mover, token);
    expect((await activate(account)).status).toBe(200);
    const events = eventsOf(await readEvents(network), did);
    expect(events.map(({ t }) => t)).toEqual([
      "#account",
      "#identity",
      "#commit",
      "#sync",
    ]);
    expect(events[2]!.payload).toMatchObject({
      since: repo.rev,
      prevData: repo.data,
      ops: [],
    });
    const { body } = await network.call("com.atproto.sync.getLatestCommit", {
      params: { did },
    });
    expect(events[3]!.payload).toMatchObject({ rev: body.rev });
    expect(body.rev > repo.rev).toBe(true);
  });

  test("of an active account readers get a sync, and writes go on", async () => {
    const account = await network.createAccount("active");
    const { accessJwt: token, did } = account;
    const write = (text: string) =>
      network.call("com.atproto.repo.createRecord", {
        token,
        input: {
          repo: did,
          collection: "app.bsky.feed.post",
          record: { text, createdAt: new Date().toISOString() },
        },
      });
    await write("before");
    const saved = await exportOf(account);
    await write("to be undone");
    const { body: head } = await network.call(
      "com.atproto.sync.getLatestCommit",
      { params: { did } },
    );
    const car = rawCar(saved.root, saved.blocks);
    expect((await importCar(network, token, car)).status).toBe(200);
    expect((await write("after")).status).toBe(200);
    const events = eventsOf(await readEvents(network), did);
    const [sync, last] = events.slice(-2);
    expect([sync!.t, last!.t]).toEqual(["#sync", "#commit"]);
    const { rev } = sync!.payload as { rev: string };
    expect(rev > head.rev).toBe(true);
    expect(last!.payload).toMatchObject({ since: rev });
    const listed = await network.call("com.atproto.repo.listRecords", {
      params: { repo: did, collection: "app.bsky.feed.post" },
    });
    const texts = listed.body.records.map(
      ({ value }: { value: { text: string } }) => value.text,
    );
    expect(texts).toEqual(["after", "before"]);
    const now = await exportOf(account);
    const { did: owner, rev: newest } = decodeCommit(
      createBlockMap(now.blocks).getBlock(now.root)!,
    );
    expect([owner as string, newest as string]).toEqual([
      did,
      (last!.payload as CommitPayload).rev,
    ]);
  });
});

test("a revision that lies ahead by minutes is refused", async () => {
  const { mover, account } = await newcomer();
  const rev = tidFromMicros((Date.now() + 10 * 60_000) * 1000, 1);
  const repo = makeForeignRepo({ ...mover, records: [], rev });
  const answer = await importCar(network, account.accessJwt, carOf(repo));
  expect([answer.status, answer.body.error]).toEqual([400, "InvalidRequest"]);
  const near = tidFromMicros((Date.now() + 60_000) * 1000, 1);
  const good = makeForeignRepo({ ...mover, records: [], rev: near });
  expect(
    (await importCar(network, account.accessJwt, carOf(good))).status,
  ).toBe(200);
});
