import { readFileSync } from "node:fs";

/** One call of a program that changed something on disk; disk-tap.c writes them. */
export type DiskCall = { end: number } & (
  | { kind: "open"; path: string; inode: bigint; flags: number }
  | { kind: "write"; inode: bigint; offset: number; data: Uint8Array }
  | { kind: "truncate"; inode: bigint; size: number }
  | { kind: "rename"; path: string; other: string }
  | { kind: "unlink" | "rmdir"; path: string }
  | { kind: "mkdir"; path: string; inode: bigint }
  /** Covers the first `covered` calls of its process. */
  | {
      kind: "sync";
      path: string;
      inode: bigint;
      covered: number;
      isDone: boolean;
    }
);

// enum kind of disk-tap.c
const KINDS = [
  ...["", "open", "write", "truncate", "rename", "unlink"],
  ...["mkdir", "rmdir", "sync"],
] as const;
const HEADER_BYTES = 40;

/** Reads what disk-tap has written. `end` is where in the file a call ends. @throws Error for a call that nothing here has a model of. */
export function readTrace(path: string): DiskCall[] {
  const bytes = readFileSync(path);
  const calls: DiskCall[] = [];
  for (let at = 0; at < bytes.length;) {
    // struct record of disk-tap.c
    const kind = KINDS[bytes.readUInt32LE(at)];
    const error = bytes.readUInt32LE(at + 4);
    const inode = bytes.readBigUInt64LE(at + 8);
    const number = Number(bytes.readBigUInt64LE(at + 16));
    const sizes = [24, 28, 32].map((field) => bytes.readUInt32LE(at + field));
    at += HEADER_BYTES;
    const [first, second, data] = sizes.map((size) => {
      at += size;
      return bytes.subarray(at - size, at);
    }) as [Buffer, Buffer, Buffer];
    const common = { end: at, inode, path: first.toString() };
    switch (kind) {
      case "open":
        calls.push({ ...common, kind, flags: number });
        break;
      case "write":
        calls.push({ ...common, kind, offset: number, data });
        break;
      case "truncate":
        calls.push({ ...common, kind, size: number });
        break;
      case "rename":
        calls.push({ ...common, kind, other: second.toString() });
        break;
      case "sync":
        calls.push({ ...common, kind, covered: number, isDone: error === 0 });
        break;
      case "unlink":
      case "rmdir":
      case "mkdir":
        calls.push({ ...common, kind });
        break;
      default:
        throw new Error(`no model of call ${number} on ${common.path}`);
    }
  }
  return calls;
}
