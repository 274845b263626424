import { dlopen, FFIType } from "bun:ffi";
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { OperatorError } from "#lib/errors.ts";

const LIBRARIES: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  linux: [
    "libc.so.6", // glibc
    `libc.musl-${process.arch === "arm64" ? "aarch64" : "x86_64"}.so.1`,
  ],
  darwin: ["libSystem.B.dylib", "/usr/lib/libSystem.B.dylib"],
};
// <sys/file.h>, the same on Linux and macOS
const LOCK_EX = 2;
const LOCK_NB = 4;

let flock: ((fd: number, operation: number) => number) | null = null;

/**
 * Takes the folder for this process alone, without making a file in it. The
 * kernel gives the folder back when the process ends, however it ends.
 * @returns a function that gives the folder back.
 * @throws OperatorError (exit 78) when another process has it.
 */
export function lockFolder(path: string): () => void {
  flock ??= loadFlock();
  const fd = openSync(path, "r");
  if (flock(fd, LOCK_EX | LOCK_NB) !== 0) {
    const holder = findHolder(fd);
    closeSync(fd);
    throw new OperatorError(
      `${path} is in use by another Tempest${holder === null ? "" : ` (process ${holder})`}`,
      {
        hint: "Stop the other one first, or choose another data folder with --data.",
        exitCode: 78,
      },
    );
  }
  let held = true;
  return () => {
    if (held) closeSync(fd);
    held = false;
  };
}

function loadFlock(): (fd: number, operation: number) => number {
  let cause: unknown;
  for (const library of LIBRARIES[process.platform] ?? []) {
    try {
      return dlopen(library, {
        flock: { args: [FFIType.i32, FFIType.i32], returns: FFIType.i32 },
      }).symbols.flock;
    } catch (error) {
      cause = error;
    }
  }
  throw new OperatorError("this system offers no way to lock the data folder", {
    hint: "Run Tempest on Linux (glibc or musl) or macOS.",
    exitCode: 78,
    cause,
  });
}

/** Linux names the holder of a lock by process and inode; elsewhere nobody does. */
function findHolder(fd: number): string | null {
  try {
    const inode = String(fstatSync(fd).ino);
    for (const line of readFileSync("/proc/locks", "latin1").split("\n")) {
      const fields = line.trim().split(/ +/);
      if (fields[1] === "FLOCK" && fields[5]?.split(":")[2] === inode) {
        return fields[4] ?? null;
      }
    }
  } catch {
    // No /proc/locks here.
  }
  return null;
}
