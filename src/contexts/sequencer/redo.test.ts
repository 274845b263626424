import { describe, expect, test } from "bun:test";
import { encodeCar } from "#repo/car.ts";
import { encodeDrisl, type LexMap } from "#repo/drisl.ts";
import { BlockError } from "#repo/errors.ts";
import { encodeCommitFrame, patchSeq } from "#repo/frame.ts";
import type { Did } from "#repo/syntax.ts";
import type { EventRow } from "#storage/event-log.ts";
import {
  blob,
  block,
  change,
  LIKE,
  POST,
  rkey,
} from "#storage/repo-fixture.ts";
import { changeOfRow, encodeRedo, type PendingChange } from "./redo.ts";

const did = "did:plc:alice" as Did;
const SEQ = 1_750_000_000_000_000;
const proof = [block("neighbour 1"), block("neighbour 2")];

const pending = ({ seq: _seq, ...rest }: ReturnType<typeof change>) => rest;

/** The row of a change, with blocks in its frame that only prove it. */
function rowOf(change: PendingChange, isSilent = false): EventRow {
  const { rev, since, commit, prevData, blocks } = change;
  const { frame, seqOffset } = encodeCommitFrame({
    repo: did,
    rev,
    since,
    commit,
    blocks: encodeCar(commit, [...blocks, ...proof]),
    ops: [],
    prevData,
    time: "2026-01-02T03:04:05.678Z",
  });
  patchSeq(frame, seqOffset, SEQ);
  return {
    seq: SEQ,
    did,
    generation: 1,
    kind: "commit",
    frame: isSilent ? new Uint8Array(0) : frame,
    redo: encodeRedo(change, isSilent),
    rev,
    createdAtMs: 0,
    outboxId: null,
  };
}

const changes: [name: string, change: PendingChange][] = [
  ["a first commit", pending(change(1))],
  [
    "records made",
    pending(
      change(2, {
        put: [
          [POST, "a", "one"],
          [POST, "b", "two"],
        ],
      }),
    ),
  ],
  [
    "records gone",
    pending(
      change(3, {
        remove: [[POST, "a"]],
        removed: [block("one").cid, block("tree 2").cid],
      }),
    ),
  ],
  [
    "blobs and a subject",
    pending(
      change(4, {
        put: [[LIKE, "c", "like"]],
        blobs: [blob("x"), blob("y")],
        subject: "at://did:plc:bob/app.bsky.feed.post/é",
      }),
    ),
  ],
  [
    "nothing but a commit",
    { ...pending(change(5)), blocks: [block("commit 5")] },
  ],
];

describe.each(changes)("%s", (_name, made) => {
  test("is read as it was written, without what only proves it", () => {
    expect(changeOfRow(rowOf(made))).toEqual({ ...made, seq: SEQ });
  });

  test("that no reader sees is read as it was written", () => {
    expect(changeOfRow(rowOf(made, true))).toEqual({ ...made, seq: SEQ });
  });
});

describe("a row", () => {
  const [, made] = changes[1]!;
  const row = rowOf(made);
  const withRedo = (redo: LexMap) => ({ ...row, redo: encodeDrisl(redo) });

  test("without a redo record changes no repository", () => {
    expect(changeOfRow({ ...row, redo: null })).toBeNull();
  });

  test.each<[string, EventRow]>([
    ["a redo record that ends early", { ...row, redo: row.redo!.slice(0, -1) }],
    ["a redo record of nothing", { ...row, redo: new Uint8Array(0) }],
    ["a redo record that is a list", withRedo([] as never)],
    ["a redo record of a version to come", withRedo({ v: 2 })],
    ["no frame", { ...row, frame: new Uint8Array(0) }],
    ["a frame that ends early", { ...row, frame: row.frame.slice(0, -1) }],
    ["a frame with fewer blocks than the change has", lackingBlocks()],
    ["a frame with a block that is not its CID's", withFlippedByte()],
    ["a frame without blocks", withoutBlocks()],
  ])("that has %s is damaged", (_name, damaged) => {
    expect(() => changeOfRow(damaged)).toThrow(BlockError);
  });

  function lackingBlocks(): EventRow {
    const { blocks } = made;
    const few = { ...made, blocks: blocks.slice(0, 1) };
    const { frame } = rowOf({ ...few });
    const more = [...blocks, block("a"), block("b"), block("c")];
    return {
      ...row,
      frame,
      redo: encodeRedo({ ...made, blocks: more }, false),
    };
  }

  function withFlippedByte(): EventRow {
    const frame = row.frame.slice();
    const at = Buffer.from(frame).indexOf("tree 2");
    frame[at] = frame[at]! ^ 1;
    return { ...row, frame };
  }

  function withoutBlocks(): EventRow {
    const frame = Buffer.concat([
      encodeDrisl({ op: 1, t: "#commit" }),
      encodeDrisl({ seq: SEQ }),
    ]);
    return { ...row, frame: new Uint8Array(frame) };
  }
});

test("a key may be of any form", () => {
  const made = pending(change(2, { put: [[POST, "é".repeat(3), "one"]] }));
  const [record] = changeOfRow(rowOf(made))!.records;
  expect(record!.rkey).toBe(rkey("é".repeat(3)));
});
