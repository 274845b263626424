import { decodeCar } from "#repo/car.ts";
import {
  applyCreates,
  assert,
  type BenchAccount,
  call,
  createAccount,
  createRecord,
  makePost,
  PASSWORD,
  POST,
  post,
} from "./load/account.ts";
import { measure, type Sample } from "./load/measure.ts";
import type { Peer } from "./peers/peer.ts";
import type { Sizes } from "./sizes.ts";

/** One server with what the rows have put on it so far. */
export interface Side {
  peer: Peer;
  accounts: BenchAccount[];
  /** The one with many records. */
  big: BenchAccount;
  /** How many records of `putRecord` were made, made again, and deleted. */
  puts: { made: number; remade: number; deleted: number };
}

export interface Row {
  name: string;
  unit: string;
  /** What the owner of the project asks for, as a multiple of the reference. */
  target?: number;
  /** Goes through as many accounts as the sizes say; else those of 64 writers are enough. */
  needsAllAccounts?: boolean;
  /** Reads or writes the repository with many records. */
  needsBig?: boolean;
  run(side: Side, sizes: Sizes): Promise<Sample>;
}

/** Most writers that a row has. */
export const WRITERS = 64;

const pidOf = ({ peer }: Side) => peer.process?.pid ?? null;
const pick = <T>(list: readonly T[]): T =>
  list[Math.floor(Math.random() * list.length)]!;
const written = (side: Side) => side.accounts.slice(0, 8);

function createRow(accounts: number, target: number): Row {
  return {
    name: `createRecord, ${accounts} account${accounts === 1 ? "" : "s"}`,
    unit: "/s",
    target,
    run: (side, { writes }) =>
      measure(
        { count: writes, concurrency: accounts, pid: pidOf(side) },
        async (_index, worker) => {
          await createRecord(side.peer.http, side.accounts[worker]!);
        },
      ),
  };
}

function changeRow(
  name: string,
  target: number,
  change: (side: Side) => Promise<void>,
): Row {
  return {
    name,
    unit: "/s",
    target,
    run: (side, { changes }) =>
      measure({ count: changes, concurrency: 1, pid: pidOf(side) }, () =>
        change(side),
      ),
  };
}

/** A read of a record that was written before. */
function readRow(options: {
  name: string;
  target: number;
  share?: number;
  read(side: Side, account: BenchAccount, at: number): Promise<void>;
}): Row {
  const { name, target, share = 1, read } = options;
  return {
    name,
    unit: "/s",
    target,
    run: (side, { reads }) =>
      measure(
        {
          count: Math.ceil(reads * share),
          concurrency: 4,
          pid: pidOf(side),
        },
        () => {
          const account = pick(written(side));
          const at = Math.floor(Math.random() * account.records.length);
          return read(side, account, at);
        },
      ),
  };
}

function uploadRow(name: string, sizeBytes: number, target: number): Row {
  return {
    name,
    unit: "/s",
    target,
    run: (side, { uploads }) => {
      const account = side.accounts[0]!;
      return measure(
        {
          count: sizeBytes > 1e6 ? Math.ceil(uploads / 5) : uploads,
          concurrency: 1,
          pid: pidOf(side),
        },
        async () => {
          const bytes = Buffer.alloc(sizeBytes);
          crypto.getRandomValues(bytes.subarray(0, 65_536));
          bytes.write("\x89PNG\r\n\x1a\n", "latin1");
          const { body } = await call(
            side.peer.http,
            "com.atproto.repo.uploadBlob",
            {
              method: "POST",
              token: account.token,
              contentType: "application/octet-stream",
              body: bytes,
            },
          );
          assert(body.includes("bafkrei"), "uploadBlob: no CID of a blob");
        },
      );
    },
  };
}

function put(side: Side, index: number): Promise<void> {
  const account = side.accounts[0]!;
  const input = {
    repo: account.did,
    collection: POST,
    rkey: `bench-${index}`,
    record: makePost(),
    // The lexicon wants a TID, and this is about writing twice to one key.
    validate: false,
  };
  return post(side.peer.http, "com.atproto.repo.putRecord", {
    token: account.token,
    input,
  }).then(({ cid }) =>
    assert(typeof cid === "string", "putRecord: no CID of a record"),
  );
}

async function getRepo(side: Side, account: BenchAccount): Promise<number> {
  const { body } = await call(side.peer.http, "com.atproto.sync.getRepo", {
    query: `did=${encodeURIComponent(account.did)}`,
  });
  assert(body.length > account.records.length * 100, "getRepo: too short");
  return body.length / 1e6;
}

/** Reads the whole repository once and checks every hash of it. */
export async function verifyRepo(side: Side): Promise<void> {
  const { body } = await call(side.peer.http, "com.atproto.sync.getRepo", {
    query: `did=${encodeURIComponent(side.big.did)}`,
  });
  const { blocks } = decodeCar(body);
  assert(
    blocks.length > side.big.records.length,
    "getRepo: blocks are missing",
  );
}

export const ROWS: readonly Row[] = [
  {
    name: "createAccount",
    unit: "/s",
    run: (side, { accounts }) =>
      measure(
        { count: accounts, concurrency: 2, pid: pidOf(side) },
        async () => {
          const { http, suffix } = side.peer;
          side.accounts.push(await createAccount(http, suffix));
        },
      ),
  },
  createRow(1, 6),
  createRow(8, 12),
  createRow(16, 12),
  createRow(WRITERS, 12),
  {
    name: "createRecord, 100 at once on one account",
    unit: "/s",
    target: 6,
    run: (side) =>
      measure({ count: 100, concurrency: 100, pid: pidOf(side) }, async () => {
        await createRecord(side.peer.http, side.accounts[0]!);
      }),
  },
  {
    name: "createRecord, over all accounts",
    unit: "/s",
    target: 6,
    needsAllAccounts: true,
    run: (side) =>
      measure(
        { count: side.accounts.length, concurrency: 16, pid: pidOf(side) },
        async (index) => {
          await createRecord(side.peer.http, side.accounts[index]!);
        },
      ),
  },
  {
    name: "applyWrites of 200",
    unit: "records/s",
    target: 6,
    needsBig: true,
    run: (side, { batches }) =>
      measure(
        { count: batches, concurrency: 1, pid: pidOf(side) },
        async () => {
          await applyCreates(side.peer.http, side.big, 200);
          return 200;
        },
      ),
  },
  changeRow("putRecord, new", 6, (side) => put(side, side.puts.made++)),
  changeRow("putRecord, again", 6, (side) => put(side, side.puts.remade++)),
  changeRow("deleteRecord", 6, async (side) => {
    const { did, token } = side.accounts[0]!;
    const rkey = `bench-${side.puts.deleted++}`;
    const input = { repo: did, collection: POST, rkey };
    const answer = await post(side.peer.http, "com.atproto.repo.deleteRecord", {
      token,
      input,
    });
    assert(answer.commit !== undefined, "deleteRecord: there was no record");
  }),
  readRow({
    name: "repo.getRecord",
    target: 12,
    async read({ peer }, { did, records }, at) {
      const { rkey, cid } = records[at]!;
      const query = `repo=${did}&collection=${POST}&rkey=${rkey}`;
      const { body } = await call(peer.http, "com.atproto.repo.getRecord", {
        query,
      });
      assert(body.includes(cid), "getRecord: another CID");
    },
  }),
  readRow({
    name: "repo.listRecords of 50",
    target: 5,
    share: 0.5,
    async read({ peer }, { did }) {
      const query = `repo=${did}&collection=${POST}&limit=50`;
      const { body } = await call(peer.http, "com.atproto.repo.listRecords", {
        query,
      });
      const { records } = JSON.parse(body.toString());
      assert(records.length > 0, "listRecords: nothing");
    },
  }),
  readRow({
    name: "sync.getRecord",
    target: 9,
    async read({ peer }, { did, records }, at) {
      const query = `did=${did}&collection=${POST}&rkey=${records[at]!.rkey}`;
      const { body } = await call(peer.http, "com.atproto.sync.getRecord", {
        query,
      });
      assert(body.length > 300, "sync.getRecord: too short");
    },
  }),
  readRow({
    name: "sync.getBlocks of 10",
    target: 13,
    async read({ peer }, { did, records }, at) {
      const cids = Array.from(
        { length: 10 },
        (_, i) => `&cids=${records[(at + i) % records.length]!.cid}`,
      );
      const { body } = await call(peer.http, "com.atproto.sync.getBlocks", {
        query: `did=${did}${cids.join("")}`,
      });
      assert(body.length > 1000, "getBlocks: too short");
    },
  }),
  readRow({
    name: "sync.getLatestCommit",
    target: 13,
    async read({ peer }, { did }) {
      const { body } = await call(
        peer.http,
        "com.atproto.sync.getLatestCommit",
        { query: `did=${did}` },
      );
      assert(body.includes('"rev"'), "getLatestCommit: no rev");
    },
  }),
  readRow({
    name: "getSession",
    target: 4,
    async read({ peer }, { did, token }) {
      const { body } = await call(peer.http, "com.atproto.server.getSession", {
        token,
      });
      assert(body.includes(did), "getSession: another DID");
    },
  }),
  {
    name: "createSession",
    unit: "/s",
    run: (side, { sessions }) =>
      measure(
        { count: sessions, concurrency: 2, pid: pidOf(side) },
        async (index) => {
          const { did, handle } = side.accounts[index % side.accounts.length]!;
          const answer = await post(
            side.peer.http,
            "com.atproto.server.createSession",
            { input: { identifier: handle, password: PASSWORD } },
          );
          assert(answer.did === did, "createSession: another DID");
        },
      ),
  },
  uploadRow("uploadBlob of 100 KB", 100_000, 4),
  uploadRow("uploadBlob of 5 MB", 5_000_000, 1.2),
  {
    name: "getRepo, the large one",
    unit: "MB/s",
    target: 6,
    needsBig: true,
    run: (side, { exports }) =>
      measure({ count: exports, concurrency: 1, pid: pidOf(side) }, () =>
        getRepo(side, side.big),
      ),
  },
];
