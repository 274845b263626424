import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createHash } from "node:crypto";
import { formatCid } from "#repo/cid.ts";
import type { Did } from "#repo/syntax.ts";
import { createCheckHost, type CheckHost } from "./check-fixture.ts";
import { sayFinding } from "./findings.ts";
import { verifyHost, type RepoVerification } from "./verify.ts";

let host: CheckHost;
let alice: Did;
let bob: Did;

beforeEach(async () => {
  host = await createCheckHost();
  alice = await host.addAccount("alice");
  bob = await host.addAccount("bob");
  await host.write(alice, { a: "one", b: "two", c: "one" });
  await host.write(alice, { a: null, d: "three" });
  await host.write(bob, { a: "one" });
});

afterEach(() => host.remove());

async function verify(dids: readonly Did[] | null = null) {
  const repos: (Omit<RepoVerification, "problems"> & { problems: string[] })[] =
    [];
  const found = await verifyHost(host, dids, (repo) =>
    repos.push({ ...repo, problems: repo.problems.map(sayFinding) }),
  );
  const { logRows } = found;
  const problems = found.problems.map(sayFinding);
  const all = [...problems, ...repos.flatMap((repo) => repo.problems)];
  return { repos, problems, logRows, all };
}

function repoPath(did: Did): string {
  const hash = createHash("sha256").update(did).digest("hex");
  return join(host.folder, "repos", hash.slice(0, 2), `${hash}.1.sqlite`);
}

/** Changes a file behind the program's back. */
const change = (path: string, sql: string) => () => {
  const db = new Database(path);
  const { changes } = db.run(sql);
  db.close(true);
  expect(changes).toBeGreaterThan(0);
};
const changeRepo = (sql: string) => change(repoPath(alice), sql);
const changeLog = (sql: string) =>
  change(join(host.folder, "sequencer.sqlite"), sql);

describe("a host that is whole", () => {
  test("has no problems, after a restart too", async () => {
    await host.writeBlob(alice, "e", "picture");
    await host.addAccount("carla", { active: false });
    for (const round of [1, 2]) {
      const { repos, all } = await verify();
      expect(all, `round ${round}`).toEqual([]);
      expect(repos.map(({ did, records }) => [did, records])).toEqual([
        [alice, 4],
        [bob, 1],
        ["did:plc:carla" as Did, 0],
      ]);
      expect(repos[0]).toMatchObject({ blobs: 1, missingBlobs: 0 });
      expect(repos[2]!.status).toBe("deactivated");
      await host.restart(() => {});
    }
  });

  test("can be checked in part", async () => {
    const { repos, logRows } = await verify([bob]);
    expect(repos.map(({ did }) => did)).toEqual([bob]);
    expect(logRows).toBe(5);
    const unknown = await verify(["did:plc:nobody" as Did]);
    expect(unknown.problems).toEqual(["there is no account did:plc:nobody"]);
  });
});

/** What was planted, how, and what the check has to say of it. */
const REPO_DAMAGE: [what: string, sql: string, says: RegExp][] = [
  [
    "a record that the index lost",
    "DELETE FROM record WHERE rkey = 'b'",
    /the index disagrees with the tree at app.bsky.feed.post\/b/,
  ],
  [
    "a record that only the index has",
    "INSERT INTO record SELECT collection, 'zz', block_id, rev, subject_hash FROM record WHERE rkey = 'b'",
    /the index holds 4 records and the tree 3/,
  ],
  [
    "a record under another's block",
    "UPDATE record SET block_id = (SELECT block_id FROM record WHERE rkey = 'd') WHERE rkey = 'b'",
    /disagrees with the tree at app.bsky.feed.post\/b/,
  ],
  [
    "a record with other bytes",
    "UPDATE block SET bytes = x'a0' WHERE id = (SELECT block_id FROM record WHERE rkey = 'd')",
    /has other bytes/,
  ],
  [
    "a node that is gone",
    "DELETE FROM block WHERE cid = (SELECT data_cid FROM repo)",
    /missing|not here/i,
  ],
  [
    "a node with other bytes",
    "UPDATE block SET bytes = x'a0' WHERE cid = (SELECT data_cid FROM repo)",
    /hash/,
  ],
  [
    "a commit that is gone",
    "DELETE FROM block WHERE cid = (SELECT commit_cid FROM repo)",
    /the commit block is missing/,
  ],
  [
    "a block that nothing refers to",
    "INSERT INTO block (cid, rev, bytes) VALUES (zeroblob(36), 'x', x'a0')",
    /\d+ blocks are stored and \d+ are reachable/,
  ],
  [
    "a blob that only the index names",
    "INSERT INTO record_blob VALUES ('bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy', 'app.bsky.feed.post', 'b', 'x')",
    /the index names blob bafkrei\S+, no record does/,
  ],
];

describe("a damaged repository", () => {
  test.each(REPO_DAMAGE)("shows %s", async (_what, sql, says) => {
    await host.restart(changeRepo(sql));
    const { repos, problems } = await verify();
    expect(problems).toEqual([]);
    expect(repos[0]!.problems.join("\n")).toMatch(says);
    expect(repos[1]!.problems).toEqual([]);
  });

  test("shows a blob that the index forgot", async () => {
    const cid = await host.writeBlob(alice, "e", "picture");
    await host.restart(changeRepo("DELETE FROM record_blob"));
    const { all } = await verify();
    expect(all).toEqual([
      `a record names blob ${formatCid(cid)}, the index does not`,
    ]);
  });

  test("shows a head behind the log", async () => {
    const path = repoPath(alice);
    let before = new Uint8Array(0);
    await host.restart(() => {
      before = readFileSync(path);
    });
    await host.write(alice, { x: "lost" });
    // The low-water mark has passed it, so no recovery brings it back.
    await host.restart(() => writeFileSync(path, before));
    const { repos, problems } = await verify();
    expect(problems).toEqual([]);
    expect(repos[0]!.problems.join("\n")).toMatch(/the log is at \w+ \(row/);
    expect(repos[0]!.problems.join("\n")).toMatch(/the list of repositories/);
  });

  test("shows another's signature", async () => {
    const accounts = join(host.folder, "account.sqlite");
    const sql =
      "UPDATE signing_key SET did_key = (SELECT did_key FROM signing_key WHERE did = 'did:plc:bob') WHERE did = 'did:plc:alice'";
    await host.restart(change(accounts, sql));
    const { all } = await verify();
    expect(all).toEqual([
      "the commit's signature is by none of the account's keys",
    ]);
  });

  test("shows a file that is gone", async () => {
    await host.restart(() => rmSync(repoPath(alice)));
    const { repos } = await verify();
    expect(repos[0]!.problems).toEqual(["the repository file is missing"]);
  });

  test("shows a file that cannot be read", async () => {
    await host.restart(() => writeFileSync(repoPath(alice), "nonsense"));
    const { repos } = await verify();
    expect(repos[0]!.problems.join("\n")).toMatch(/cannot be read|made by/);
  });
});

const LOG_DAMAGE: [what: string, sql: string, says: RegExp][] = [
  [
    "a commit that is gone",
    `DELETE FROM event WHERE seq = (SELECT min(seq) + 8 FROM event)`,
    /since is \w+, the commit before was/,
  ],
  [
    "a row under another number",
    `UPDATE event SET seq = seq + 500 WHERE seq = (SELECT max(seq) FROM event)`,
    /the frame says seq \d+/,
  ],
  [
    "a row of another account",
    `UPDATE event SET did = 'did:plc:bob' WHERE did = 'did:plc:alice' AND kind = 'identity'`,
    /the frame is of did:plc:alice/,
  ],
  [
    "a frame that is cut short",
    `UPDATE event SET frame = substr(frame, 1, 40) WHERE kind = 'commit'`,
    /it cannot be read/,
  ],
  [
    "a redo record of another commit",
    `UPDATE event SET redo = (SELECT redo FROM event WHERE did = 'did:plc:bob' ORDER BY seq DESC LIMIT 1)
     WHERE seq = (SELECT max(seq) FROM event WHERE did = 'did:plc:alice')`,
    /the redo record is of another commit[^]*changes other records/,
  ],
];

describe("a damaged log", () => {
  test.each(LOG_DAMAGE)("shows %s", async (_what, sql, says) => {
    await host.restart(changeLog(sql));
    const { problems } = await verify();
    expect(problems.join("\n")).toMatch(says);
  });

  test("shows a commit of an inactive account", async () => {
    host.accountDb.outbox.add({
      kind: "account",
      did: alice,
      active: false,
      status: "takendown",
    });
    await host.sequencer.drainOutbox();
    await host.write(alice, { x: "should not be" });
    const { problems, all } = await verify();
    expect(problems.join("\n")).toMatch(/a commit of an inactive account/);
    expect(all.join("\n")).toMatch(/as takendown, the account is active/);
  });
});

describe("what is derived", () => {
  test.each([
    ["UPDATE repo_collection SET record_count = 7", /says 7 records of/],
    ["DELETE FROM repo_collection", /says 0 records of app.bsky.feed.post/],
    ["UPDATE repo_state SET status = 'suspended'", /has it as suspended/],
    ["UPDATE repo_state SET rev = '3jzfcijpj2z2a'", /has it at 3jzfcijpj2z2a/],
    ["DELETE FROM repo_state", /the list of repositories lacks it/],
  ])("shows %s", async (sql, says) => {
    await host.restart(changeLog(sql));
    const { repos } = await verify();
    expect(repos[0]!.problems.join("\n")).toMatch(says);
  });

  test("shows a repository without an account", async () => {
    await host.restart(
      changeLog("INSERT INTO repo_state (did) VALUES ('did:plc:zoe')"),
    );
    const { problems } = await verify();
    expect(problems).toEqual([
      "the list of repositories has did:plc:zoe, which is no account",
    ]);
  });
});

describe("blobs", () => {
  const fileOf = (name: string): string =>
    readdirSync(join(host.folder, "blobs"), {
      recursive: true,
      encoding: "utf8",
    })
      .filter((file) => file.endsWith(name))
      .map((file) => join(host.folder, "blobs", file))[0]!;

  test("that are gone or changed are shown", async () => {
    const cids = [];
    for (const text of ["first", "second", "third"]) {
      cids.push(formatCid(await host.writeBlob(alice, text, text)));
    }
    rmSync(fileOf(cids[0]!));
    writeFileSync(fileOf(cids[1]!), "sec0nd");
    writeFileSync(fileOf(cids[2]!), "longer");
    const { all } = await verify();
    expect(all.sort()).toEqual(
      [
        `blob ${cids[0]} has no file`,
        `blob ${cids[1]} has other bytes`,
        `blob ${cids[2]} has 6 bytes, not 5`,
      ].sort(),
    );
  });

  test("that were never uploaded, or belong to nothing, are counted", async () => {
    const cid = await host.writeBlob(alice, "e", "picture");
    host.accountDb.blobs.remove(alice, cid);
    const { repos, all } = await verify();
    expect(all).toEqual([]);
    expect(repos[0]).toMatchObject({ missingBlobs: 1, orphanBlobs: 1 });
  });
});
