import { describe, expect, test } from "bun:test";
import { schemas } from "@atproto/api";
import { cidOfCbor, cidOfRaw, toLink } from "./cid.ts";
import {
  decodeFirst,
  encodeDrisl,
  type LexMap,
  type LexValue,
} from "./drisl.ts";
import { BlockError } from "./errors.ts";
import {
  decodeFrame,
  encodeAccountFrame,
  encodeCommitFrame,
  encodeErrorFrame,
  encodeIdentityFrame,
  encodeInfoFrame,
  encodeSyncFrame,
  patchSeq,
  type UnnumberedFrame,
} from "./frame.ts";
import type { MstOp } from "./mst/write.ts";
import { parseDid, parseHandle, parseTid } from "./syntax.ts";

const did = parseDid("did:plc:ewvi7nxzyoun6zhxrhs64oiz");
const handle = parseHandle("alice.test");
const rev = parseTid("3lo3kqqljmfe2");
const since = parseTid("3lo3kqqljmfd2");
const time = "2026-01-02T03:04:05.678Z";
const seq = 1_767_323_045_678_901;
const [one, two, three] = [1, 2, 3].map((n) => cidOfCbor(Uint8Array.of(n))) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
];
const blocks = new Uint8Array(300).fill(7);
const ops: MstOp[] = [
  { action: "create", path: "a.b/1", cid: one, prev: null },
  { action: "update", path: "a.b/2", cid: one, prev: two },
  { action: "delete", path: "a.b/3", cid: null, prev: two },
];
const commit = {
  repo: did,
  rev,
  since,
  commit: one,
  blocks,
  ops,
  prevData: three,
  time,
};

function numbered({ frame, seqOffset }: UnnumberedFrame): Uint8Array {
  patchSeq(frame, seqOffset, seq);
  return frame;
}

const FRAMES: [
  name: string,
  frame: Uint8Array,
  header: LexValue,
  payload: LexValue,
][] = [
  [
    "#commit",
    numbered(encodeCommitFrame(commit)),
    { op: 1, t: "#commit" },
    {
      seq,
      rebase: false,
      tooBig: false,
      repo: did,
      commit: toLink(one),
      rev,
      since,
      blocks,
      ops: [
        { action: "create", path: "a.b/1", cid: toLink(one) },
        {
          action: "update",
          path: "a.b/2",
          cid: toLink(one),
          prev: toLink(two),
        },
        { action: "delete", path: "a.b/3", cid: null, prev: toLink(two) },
      ],
      blobs: [],
      prevData: toLink(three),
      time,
    },
  ],
  [
    "first #commit",
    numbered(
      encodeCommitFrame({ ...commit, since: null, prevData: null, ops: [] }),
    ),
    { op: 1, t: "#commit" },
    {
      seq,
      rebase: false,
      tooBig: false,
      repo: did,
      commit: toLink(one),
      rev,
      since: null,
      blocks,
      ops: [],
      blobs: [],
      time,
    },
  ],
  [
    "#sync",
    numbered(encodeSyncFrame({ did, rev, blocks, time })),
    { op: 1, t: "#sync" },
    { seq, did, rev, blocks, time },
  ],
  [
    "#identity",
    numbered(encodeIdentityFrame({ did, time })),
    { op: 1, t: "#identity" },
    { seq, did, time },
  ],
  [
    "#identity with handle",
    numbered(encodeIdentityFrame({ did, handle, time })),
    { op: 1, t: "#identity" },
    { seq, did, time, handle },
  ],
  [
    "active #account",
    numbered(encodeAccountFrame({ did, active: true, time })),
    { op: 1, t: "#account" },
    { seq, did, time, active: true },
  ],
  [
    "inactive #account",
    numbered(
      encodeAccountFrame({ did, active: false, status: "takendown", time }),
    ),
    { op: 1, t: "#account" },
    { seq, did, time, active: false, status: "takendown" },
  ],
  [
    "#info",
    encodeInfoFrame("OutdatedCursor", "too old"),
    { op: 1, t: "#info" },
    { name: "OutdatedCursor", message: "too old" },
  ],
  [
    "#info without message",
    encodeInfoFrame("OutdatedCursor"),
    { op: 1, t: "#info" },
    { name: "OutdatedCursor" },
  ],
  [
    "error",
    encodeErrorFrame("FutureCursor", "not yet"),
    { op: -1 },
    { error: "FutureCursor", message: "not yet" },
  ],
  [
    "error without message",
    encodeErrorFrame("FutureCursor"),
    { op: -1 },
    { error: "FutureCursor" },
  ],
];

function join(header: LexValue, payload: LexValue): Uint8Array {
  return new Uint8Array(
    Buffer.concat([encodeDrisl(header), encodeDrisl(payload)]),
  );
}

/** Links as bytes, and what is absent as null: the form that `decodeFrame` gives. */
const decoded: Record<string, unknown> = {
  "#commit": { ...commit, blobs: [], seq, rebase: false, tooBig: false },
  "first #commit": {
    ...commit,
    since: null,
    prevData: null,
    ops: [],
    blobs: [],
    seq,
    rebase: false,
    tooBig: false,
  },
};

for (const [name, frame, header, payload] of FRAMES) {
  describe(name, () => {
    test("is the DRISL of its header and payload", () => {
      expect(Buffer.from(frame).toString("hex")).toBe(
        Buffer.from(join(header, payload)).toString("hex"),
      );
    });

    test("is read as it was made", () => {
      const read = decodeFrame(frame);
      const { op, t = null } = header as { op: 1 | -1; t?: string };
      expect({ op: read.op, t: read.t }).toEqual({ op, t } as never);
      expect(read.payload).toEqual((decoded[name] ?? payload) as never);
    });

    test("is refused when cut short, or with bytes after its end", () => {
      for (let size = 0; size < frame.length; size++) {
        expect(() => decodeFrame(frame.slice(0, size))).toThrow(BlockError);
      }
      expect(() => decodeFrame(Uint8Array.of(...frame, 0))).toThrow(BlockError);
    });
  });
}

// The lexicon is the judge of names and of what may be absent or null.

interface ObjectSchema {
  required: string[];
  nullable?: string[];
  properties: Record<string, { type: string }>;
}

const defs = schemas.find(({ id }) => id === "com.atproto.sync.subscribeRepos")!
  .defs as unknown as Record<string, ObjectSchema>;

function checkAgainst(schema: ObjectSchema, value: LexMap): void {
  for (const name of schema.required)
    expect(Object.keys(value)).toContain(name);
  for (const [name, field] of Object.entries(value)) {
    expect(Object.keys(schema.properties)).toContain(name);
    if (field === null) expect(schema.nullable ?? []).toContain(name);
  }
}

test("fields are those of the lexicon", () => {
  let checked = 0;
  for (const [, frame, header] of FRAMES) {
    const { t } = header as { t?: string };
    if (t === undefined) continue;
    const [, offset] = decodeFirst(frame);
    const [payload] = decodeFirst(frame.slice(offset)) as [LexMap, number];
    checkAgainst(defs[t.slice(1)]!, payload);
    for (const op of (payload.ops ?? []) as LexMap[]) {
      checkAgainst(defs.repoOp!, op);
      expect("prev" in op).toBe(op.action !== "create");
    }
    checked++;
  }
  expect(checked).toBe(9);
});

test("all events of the lexicon have their frame", () => {
  const events = Object.keys(defs).filter(
    (name) => name !== "main" && name !== "repoOp",
  );
  const made = FRAMES.map(([, , header]) =>
    (header as { t?: string }).t?.slice(1),
  );
  expect(events.filter((name) => !made.includes(name))).toEqual([]);
});

describe("the sequence number", () => {
  test("takes its whole range, in place", () => {
    const { frame, seqOffset } = encodeIdentityFrame({ did, time });
    for (const value of [
      2 ** 32,
      2 ** 32 + 1,
      2 ** 40 + 255,
      seq,
      Number.MAX_SAFE_INTEGER,
    ]) {
      patchSeq(frame, seqOffset, value);
      expect(decodeFrame(frame).payload.seq).toBe(value);
      expect(frame).toEqual(
        join({ op: 1, t: "#identity" }, { seq: value, did, time }),
      );
    }
  });

  test("is refused where it would not be canonical or is none", () => {
    const { frame, seqOffset } = encodeIdentityFrame({ did, time });
    for (const value of [0, 1, 2 ** 32 - 1, 2 ** 53, -1, 1.5, Number.NaN]) {
      expect(() => patchSeq(frame, seqOffset, value)).toThrow(RangeError);
    }
    expect(() => patchSeq(frame, seqOffset + 1, seq)).toThrow(RangeError);
  });

  test("must be there before a reader takes the frame", () => {
    expect(() => decodeFrame(encodeIdentityFrame({ did, time }).frame)).toThrow(
      BlockError,
    );
  });
});

const raw = toLink(cidOfRaw(blocks));
const payloadOf = (name: string) =>
  FRAMES.find((row) => row[0] === name)![3] as LexMap;
function without(map: LexMap, name: string): LexMap {
  return Object.fromEntries(
    Object.entries(map).filter(([key]) => key !== name),
  );
}

const REFUSED: Record<string, Uint8Array> = {
  "another op": join({ op: 2, t: "#info" }, { name: "x" }),
  "an error with a type": join({ op: -1, t: "#info" }, { name: "x" }),
  "an event without a type": join({ op: 1 }, { name: "x" }),
  "an error with the op of an event": join({ op: 1 }, { error: "x" }),
  "a header with an unknown field": join(
    { op: 1, t: "#info", x: 1 },
    { name: "x" },
  ),
  "a header that is not a map": join([1, "#info"], { name: "x" }),
  "an unknown type": join({ op: 1, t: "#tombstone" }, { did, seq, time }),
  "a payload that is not a map": join({ op: 1, t: "#info" }, ["x"]),
  "a payload without a required field": join(
    { op: 1, t: "#sync" },
    { did, seq, time, rev },
  ),
  "a payload with an unknown field": join(
    { op: 1, t: "#info" },
    { name: "x", y: "z" },
  ),
  "a field of a wrong type": join(
    { op: 1, t: "#account" },
    { did, seq, time, active: 1 },
  ),
  "a commit without since": join(
    { op: 1, t: "#commit" },
    without(payloadOf("first #commit"), "since"),
  ),
  "a since that is no text": join(
    { op: 1, t: "#commit" },
    { ...payloadOf("#commit"), since: 1 },
  ),
  "an op with an unknown action": join(
    { op: 1, t: "#commit" },
    {
      ...payloadOf("#commit"),
      ops: [{ action: "put", path: "a.b/1", cid: raw }],
    },
  ),
  "an op without cid": join(
    { op: 1, t: "#commit" },
    { ...payloadOf("#commit"), ops: [{ action: "create", path: "a.b/1" }] },
  ),
};

describe("a message is refused for", () => {
  for (const [why, frame] of Object.entries(REFUSED)) {
    test(why, () => expect(() => decodeFrame(frame)).toThrow(BlockError));
  }
});
