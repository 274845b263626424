import { type Input, show } from "./engine.ts";

/** What is being tried, in memory that another process can read when this one hangs. */
export interface Note {
  /** Rises with each input. */
  tick: number;
  target: string;
  index: number;
  input: string;
}

const INDEX_AT = 8;
const NAME_AT = 16;
const NAME_BYTES = 64;
const INPUT_AT = NAME_AT + NAME_BYTES;
export const NOTE_BYTES = 64 * 1024;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Layout: tick, index, length of the input, kind of the input, name of the target, input. */
export function writeNote(
  note: Uint8Array,
  target: string,
  index: number,
  input: Input,
): void {
  const view = new DataView(note.buffer, note.byteOffset);
  const isText = typeof input === "string";
  const bytes = isText ? encoder.encode(input) : input;
  const kept = bytes.subarray(0, NOTE_BYTES - INPUT_AT);
  view.setUint32(INDEX_AT, index);
  view.setUint32(INDEX_AT + 4, (kept.length << 1) | Number(isText));
  note.fill(0, NAME_AT, INPUT_AT);
  encoder.encodeInto(target, note.subarray(NAME_AT, INPUT_AT));
  note.set(kept, INPUT_AT);
  view.setUint32(0, view.getUint32(0) + 1);
}

export function readNote(note: Uint8Array): Note {
  const view = new DataView(note.buffer, note.byteOffset);
  const size = view.getUint32(INDEX_AT + 4);
  const bytes = note.slice(INPUT_AT, INPUT_AT + (size >>> 1));
  const name = decoder.decode(note.subarray(NAME_AT, INPUT_AT));
  return {
    tick: view.getUint32(0),
    index: view.getUint32(INDEX_AT),
    target: name.replaceAll("\0", ""),
    input: show((size & 1) === 1 ? decoder.decode(bytes) : bytes),
  };
}
