import { describe, expect, test } from "bun:test";
import { schemas } from "@atproto/api";
import * as lexCbor from "@atproto/lex-cbor";
import { Lexicons } from "@atproto/lexicon";
import {
  MemoryBlockstore,
  Repo,
  readCarWithRoot,
  verifyDiff,
  verifyProofs,
} from "@atproto/repo";
import { parseCommitAuthenticated, parseSync } from "@atproto/sync";
import fc from "fast-check";
import { createBlockMap, type Block } from "#repo/block.ts";
import { decodeCar, encodeCar } from "#repo/car.ts";
import { cidFromKey, fromLink, toLink } from "#repo/cid.ts";
import { decodeCommit, signCommit, verifyCommit } from "#repo/commit.ts";
import { encodeDrisl } from "#repo/drisl.ts";
import {
  decodeFrame,
  encodeCommitFrame,
  encodeSyncFrame,
  patchSeq,
  type UnnumberedFrame,
} from "#repo/frame.ts";
import { generatePrivateKey } from "#repo/keys.ts";
import { createNodeCache } from "#repo/mst/cache.ts";
import { invertOps } from "#repo/mst/invert.ts";
import { applyWrites, type MstChange } from "#repo/mst/write.ts";
import { createSigner } from "#repo/signer.ts";
import { parseDid, parseTid } from "#repo/syntax.ts";
import { createTidClock } from "#repo/tid.ts";
import { createFakeClock } from "#lib/clock.ts";
import { history, historyRecords } from "../support/histories.ts";
import { officialBlocks, officialCid } from "../support/official-trees.ts";
import { sizeOf } from "../support/sizes.ts";
import { createTreeStore, type TreeStore } from "../support/trees.ts";

// Each history becomes a stream of commits as they are sent, read as a stranger
// would: with nothing but the frames and the key.

const runs = { numRuns: Math.ceil(sizeOf("propertyRuns") / 4) };

/** A moment of this century, in microseconds. */
const SEQ = 2 ** 50;

function number({ frame, seqOffset }: UnnumberedFrame): Uint8Array {
  patchSeq(frame, seqOffset, SEQ);
  return frame;
}

const repo = parseDid("did:plc:ewvi7nxzyoun6zhxrhs64oiz");
const signer = createSigner("k256", generatePrivateKey("k256"));
const idResolver = {
  did: { resolveAtprotoKey: () => Promise.resolve(signer.didKey) },
};
const lexicons = new Lexicons(schemas);

interface Sent {
  store: TreeStore;
  change: MstChange;
  commit: Block;
  frame: Uint8Array;
}

/** Signs and frames each change of a history. */
function always(
  look: (sent: Sent, before: Sent | null) => Promise<void>,
): Promise<void> {
  const property = fc.asyncProperty(history, async ({ start, batches }) => {
    const tids = createTidClock({ clock: createFakeClock() });
    const store = createTreeStore(start);
    const cache = createNodeCache({ maxBytes: 10_000 });
    let since = tids.next();
    let before: Sent | null = null;
    for (const writes of batches) {
      const change = applyWrites(store, cache, store.root, writes);
      const rev = tids.next(since);
      const commit = signCommit({ did: repo, data: change.root, rev }, signer);
      const records = change.ops.flatMap(({ cid }) =>
        cid === null ? [] : [{ cid, bytes: historyRecords.getBlock(cid)! }],
      );
      const blocks = encodeCar(commit.cid, [
        commit,
        ...change.added,
        ...records,
        ...change.proof,
      ]);
      const frame = number(
        encodeCommitFrame({
          repo,
          rev,
          since,
          commit: commit.cid,
          blocks,
          ops: change.ops,
          prevData: store.root,
          time: "2026-01-02T03:04:05.678Z",
        }),
      );
      const sent = { store, change, commit, frame };
      await look(sent, before);
      store.apply(change);
      since = rev;
      before = sent;
    }
  });
  return fc.assert(property, runs);
}

/** The message as the official package decodes it. */
function officialMessage(frame: Uint8Array): Record<string, unknown> {
  const [, payload] = [...lexCbor.decodeAll(frame)];
  return {
    $type: "com.atproto.sync.subscribeRepos#commit",
    ...(payload as object),
  };
}

describe("a commit frame", () => {
  test("fits the lexicon", async () => {
    await always(async ({ frame }) => {
      lexicons.assertValidXrpcMessage(
        "com.atproto.sync.subscribeRepos",
        officialMessage(frame),
      );
    });
  });

  test("verifies and inverts to prevData with nothing but itself and the key", async () => {
    await always(async ({ store, frame }) => {
      const message = decodeFrame(frame);
      if (message.t !== "#commit") throw new Error("not a commit");
      const { payload } = message;
      const { roots, blocks } = decodeCar(payload.blocks);
      expect(roots).toEqual([payload.commit]);
      const source = createBlockMap(blocks);
      const bytes = source.getBlock(payload.commit)!;
      expect(verifyCommit(bytes, signer.didKey)).toBe(true);
      const { did, rev, data } = decodeCommit(bytes);
      expect({ did, rev }).toEqual({
        did: payload.repo,
        rev: payload.rev,
      } as never);
      const inverted = invertOps(source, data, payload.ops);
      expect(inverted).toEqual(payload.prevData!);
      expect(payload.prevData).toEqual(store.root);
    });
  });

  test("proves all its ops to the official package", async () => {
    await always(async ({ change, frame }) => {
      const message = officialMessage(frame);
      const claims = change.ops.map(({ path, cid }) => {
        const [collection, rkey] = path.split("/") as [string, string];
        return { collection, rkey, cid: cid && officialCid(cid) };
      });
      const { verified, unverified } = await verifyProofs(
        message.blocks as Uint8Array,
        claims,
        repo,
        signer.didKey,
      );
      expect(unverified).toEqual([]);
      expect(verified).toHaveLength(change.ops.length);
    });
  });

  test("gives an official follower each op, with its record", async () => {
    await always(async ({ change, frame }) => {
      const events = await parseCommitAuthenticated(
        idResolver as never,
        officialMessage(frame) as never,
      );
      const seen = events.map((event) => ({
        action: event.event,
        path: `${event.collection}/${event.rkey}`,
        record: "record" in event ? encodeDrisl(event.record as never) : null,
      }));
      expect(seen).toEqual(
        change.ops.map(({ action, path, cid }) => ({
          action,
          path,
          record: cid && historyRecords.getBlock(cid),
        })) as never,
      );
    });
  });

  test("is the official package's diff from the repository before", async () => {
    await always(async ({ store, change, frame }, before) => {
      if (before === null) return;
      const old = [...store.nodes].map(([key, bytes]) => ({
        cid: cidFromKey(key),
        bytes,
      }));
      const storage = new MemoryBlockstore(
        officialBlocks([before.commit, ...old]),
      );
      const repository = await Repo.load(
        storage,
        officialCid(before.commit.cid),
      );
      const { root, blocks } = await readCarWithRoot(
        officialMessage(frame).blocks as Uint8Array,
      );
      const diff = await verifyDiff(
        repository,
        blocks,
        root,
        repo,
        signer.didKey,
      );
      const paths = diff.writes.map(
        (write) => `${write.action} ${write.collection}/${write.rkey}`,
      );
      expect(paths.sort()).toEqual(
        change.ops.map(({ action, path }) => `${action} ${path}`).sort(),
      );
    });
  });
});

test("a sync frame gives an official follower its commit", async () => {
  const rev = parseTid("3lo3kqqljmfe2");
  const commit = signCommit(
    { did: repo, data: createTreeStore().root, rev },
    signer,
  );
  const blocks = encodeCar(commit.cid, [commit]);
  const frame = number(
    encodeSyncFrame({
      did: repo,
      rev,
      blocks,
      time: "2026-01-02T03:04:05.678Z",
    }),
  );
  const [, payload] = [...lexCbor.decodeAll(frame)];
  const event = await parseSync(payload as never);
  expect(fromLink(event!.cid as never)).toEqual(commit.cid);
  expect(event!.rev).toBe(rev as never);
  expect(String(event!.cid)).toBe(String(toLink(commit.cid)));
});
