import { closeSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { XrpcError } from "#lib/errors.ts";
import type { Logger } from "#lib/log.ts";

/** `scarce`: nothing large is taken in. `none`: nothing is, so that what was accepted finds its place. */
export type Room = "ample" | "scarce" | "none";

/** What a call is going to take. */
export type RoomNeed = "some" | "much";

/** How much room there is, as of the last look. */
export interface DiskSpace {
  room(): Room;
  /**
   * Looks again; for a chore of every few seconds. Where room is scarce a
   * reserve is set aside, and where there is none it is given up, so that
   * repositories can still be brought up to the log.
   */
  look(): void;
  /**
   * @throws XrpcError ServiceUnavailable (503) when there is no room at all,
   *   InsufficientStorage (507) when there is not enough for much.
   */
  assertRoom(need: RoomNeed): void;
  /** Gives up the reserve. */
  close(): void;
}

export interface DiskSpaceOptions {
  /** Folders that are written to; what is said of the tightest holds. */
  folders: readonly string[];
  reservePath: string;
  /** Free space below which room is scarce; 0 is never. Null: a twentieth of the disk, 1 GiB at most. */
  scarceBytes: number | null;
  /** What is set aside, and below which there is no room; 0 is never. Null: a hundredth of the disk, 64 MiB at most. */
  reserveBytes: number | null;
  log: Pick<Logger, "warn" | "info" | "error">;
  /** Of the filesystem of a folder. */
  measure?: (folder: string) => { freeBytes: number; sizeBytes: number };
}

const MIB = 1024 * 1024;
const MOST_SCARCE_BYTES = 1024 * MIB;
const MOST_RESERVE_BYTES = 64 * MIB;
const PIECE_BYTES = MIB;
const RETRY_AFTER_SEC = 30;

export function createDiskSpace(options: DiskSpaceOptions): DiskSpace {
  const { folders, reservePath, log, measure = measureFolder } = options;
  let room: Room = "ample";
  let heldBytes = 0;
  // What the last process set aside.
  rmSync(reservePath, { force: true });

  function release(): void {
    rmSync(reservePath, { force: true });
    heldBytes = 0;
  }

  function setAside(bytes: number): void {
    try {
      writeNoise(reservePath, bytes);
      heldBytes = bytes;
    } catch (error) {
      release();
      log.warn("disk.nothing_set_aside", { error });
    }
  }

  function judge(folder: string): Room {
    const { freeBytes, sizeBytes } = measure(folder);
    const reserve =
      options.reserveBytes ?? Math.min(MOST_RESERVE_BYTES, sizeBytes / 100);
    const scarce =
      options.scarceBytes ?? Math.min(MOST_SCARCE_BYTES, sizeBytes / 20);
    // Whether the reserve is set aside or given up must not change the verdict.
    const spareBytes = freeBytes + heldBytes;
    if (spareBytes < 2 * reserve) return "none";
    if (spareBytes < scarce) return "scarce";
    return "ample";
  }

  function reserveBytes(): number {
    const { sizeBytes } = measure(folders[0]!);
    return Math.floor(
      options.reserveBytes ?? Math.min(MOST_RESERVE_BYTES, sizeBytes / 100),
    );
  }

  function change(to: Room): void {
    const level = to === "ample" ? "info" : "error";
    log[level]("disk.room", { room: to, before: room });
    room = to;
  }

  const self: DiskSpace = {
    room: () => room,
    look() {
      const verdicts = folders.map(judge);
      const found =
        (["none", "scarce"] as const).find((one) => verdicts.includes(one)) ??
        "ample";
      if (found !== room) change(found);
      if (room !== "scarce" && heldBytes > 0) release();
      if (room === "scarce" && heldBytes === 0) setAside(reserveBytes());
    },
    assertRoom(need) {
      if (room === "none") {
        throw new XrpcError("ServiceUnavailable", "The server's disk is full", {
          retryAfterSec: RETRY_AFTER_SEC,
        });
      }
      if (room === "scarce" && need === "much") {
        throw new XrpcError(
          "InsufficientStorage",
          "The server has little room left, and takes in neither files nor repositories",
          { retryAfterSec: RETRY_AFTER_SEC },
        );
      }
    },
    close: release,
  };
  return self;
}

function measureFolder(folder: string) {
  const { bavail, blocks, bsize } = statfsSync(folder);
  return { freeBytes: bavail * bsize, sizeBytes: blocks * bsize };
}

/** Some filesystems store zeros, and whatever repeats, in no room at all. */
function writeNoise(path: string, bytes: number): void {
  const fd = openSync(path, "w", 0o600);
  try {
    const piece = new Uint8Array(PIECE_BYTES);
    for (let left = bytes; left > 0; left -= piece.length) {
      for (let at = 0; at < piece.length; at += 65_536) {
        crypto.getRandomValues(piece.subarray(at, at + 65_536));
      }
      writeSync(fd, piece, 0, Math.min(left, piece.length));
    }
  } finally {
    closeSync(fd);
  }
}
