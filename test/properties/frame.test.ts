import { describe, expect, test } from "bun:test";
import * as lexCbor from "@atproto/lex-cbor";
import fc from "fast-check";
import { cidOfCbor } from "#repo/cid.ts";
import { decodeFirst, encodeDrisl } from "#repo/drisl.ts";
import { BlockError } from "#repo/errors.ts";
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
} from "#repo/frame.ts";
import { parseDid, parseHandle, parseTid } from "#repo/syntax.ts";
import { sizeOf } from "../support/sizes.ts";

const runs = { numRuns: sizeOf("propertyRuns") };

const seq = fc.integer({ min: 2 ** 32, max: Number.MAX_SAFE_INTEGER });
const cid = fc.uint8Array({ maxLength: 8 }).map(cidOfCbor);
const tid = fc
  .string({
    unit: fc.constantFrom(..."234567abcdefghijklmnopqrstuvwxyz"),
    minLength: 12,
    maxLength: 12,
  })
  .map((text) => parseTid(`3${text}`));
const did = fc
  .string({
    unit: fc.constantFrom(..."abcxyz234567:._-"),
    minLength: 1,
    maxLength: 300,
  })
  .map((text) => parseDid(`did:web:${text}z`));
const time = fc
  .date({ noInvalidDate: true, min: new Date(0), max: new Date("2100-01-01") })
  .map((date) => date.toISOString());
const path = fc
  .string({
    unit: fc.constantFrom(..."abcXYZ019._~:-"),
    minLength: 1,
    maxLength: 400,
  })
  .map((text) => `com.example.record/${text}`);
const op = fc.oneof(
  fc.record({
    action: fc.constant("create" as const),
    path,
    cid,
    prev: fc.constant(null),
  }),
  fc.record({ action: fc.constant("update" as const), path, cid, prev: cid }),
  fc.record({
    action: fc.constant("delete" as const),
    path,
    cid: fc.constant(null),
    prev: cid,
  }),
);
const bytes = fc.uint8Array({ maxLength: 500 });
const word = fc.string({ minLength: 1, maxLength: 40 });

const commitInput = fc.record({
  repo: did,
  rev: tid,
  since: fc.option(tid),
  commit: cid,
  blocks: bytes,
  ops: fc.array(op, { maxLength: 30 }),
  prevData: fc.option(cid),
  time,
});
const syncInput = fc.record({ did, rev: tid, blocks: bytes, time });
const identityInput = fc.record(
  {
    did,
    time,
    handle: fc.constantFrom(
      parseHandle("alice.test"),
      parseHandle("xn--ls8h.test"),
    ),
  },
  { requiredKeys: ["did", "time"] },
);
const accountInput = fc.record(
  { did, time, active: fc.boolean(), status: word },
  { requiredKeys: ["did", "time", "active"] },
);

const numbered = fc
  .oneof(
    fc.tuple(commitInput.map(encodeCommitFrame), seq),
    fc.tuple(syncInput.map(encodeSyncFrame), seq),
    fc.tuple(identityInput.map(encodeIdentityFrame), seq),
    fc.tuple(accountInput.map(encodeAccountFrame), seq),
  )
  .map(([frame, seq]) => number(frame, seq));
const frame = fc.oneof(
  { arbitrary: numbered, weight: 5 },
  fc
    .tuple(word, fc.option(word, { nil: undefined }))
    .map((words) => encodeInfoFrame(...words)),
  fc
    .tuple(word, fc.option(word, { nil: undefined }))
    .map((words) => encodeErrorFrame(...words)),
);

function number(
  { frame, seqOffset }: UnnumberedFrame,
  seq: number,
): Uint8Array {
  patchSeq(frame, seqOffset, seq);
  return frame;
}

function concat(parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

describe("a frame", () => {
  test("is read as it was made", () => {
    fc.assert(
      fc.property(
        seq,
        commitInput,
        syncInput,
        identityInput,
        accountInput,
        (seq, commit, sync, identity, account) => {
          expect(decodeFrame(number(encodeCommitFrame(commit), seq))).toEqual({
            op: 1,
            t: "#commit",
            payload: {
              ...commit,
              seq,
              blobs: [],
              rebase: false,
              tooBig: false,
            },
          });
          expect(decodeFrame(number(encodeSyncFrame(sync), seq))).toEqual({
            op: 1,
            t: "#sync",
            payload: { ...sync, seq },
          });
          expect(
            decodeFrame(number(encodeIdentityFrame(identity), seq)),
          ).toEqual({ op: 1, t: "#identity", payload: { ...identity, seq } });
          expect(decodeFrame(number(encodeAccountFrame(account), seq))).toEqual(
            { op: 1, t: "#account", payload: { ...account, seq } },
          );
        },
      ),
      runs,
    );
  });

  test("is two maps of canonical CBOR to the official package, nothing else", () => {
    fc.assert(
      fc.property(frame, (frame) => {
        const items = [...lexCbor.decodeAll(frame)];
        expect(items).toHaveLength(2);
        const again = items.map((item) => lexCbor.encode(item));
        expect(concat(again)).toEqual(frame);
      }),
      runs,
    );
  });

  test("that is damaged is refused, unless it is the spelling of another", () => {
    const damage = fc.tuple(
      fc.nat(),
      fc.integer({ min: 0, max: 2 }),
      fc.uint8Array({ maxLength: 2 }),
    );
    const damaged = fc
      .tuple(frame, damage)
      .map(([frame, [at, cut, put]]) =>
        Uint8Array.from([...frame].toSpliced(at % frame.length, cut, ...put)),
      );
    let refused = 0;
    fc.assert(
      fc.property(damaged, (bytes) => {
        try {
          decodeFrame(bytes);
        } catch (error) {
          refused++;
          expect(error).toBeInstanceOf(BlockError);
          return;
        }
        const [header, offset] = decodeFirst(bytes);
        const [payload, rest] = decodeFirst(bytes.slice(offset));
        expect(offset + rest).toBe(bytes.length);
        expect(concat([encodeDrisl(header), encodeDrisl(payload)])).toEqual(
          bytes,
        );
      }),
      { numRuns: sizeOf("fuzzInputs") },
    );
    expect(refused).toBeGreaterThan(sizeOf("fuzzInputs") / 4);
  });
});
