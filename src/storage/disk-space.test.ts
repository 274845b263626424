import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { XrpcError } from "#lib/errors.ts";
import { silentLogger } from "#lib/log.ts";
import {
  createDiskSpace,
  type DiskSpace,
  type RoomNeed,
} from "./disk-space.ts";

const MIB = 1024 * 1024;

let folder: string;
let reservePath: string;
/** By folder: what others have left. What is set aside is not in it. */
let freeMib: Record<string, number>;
let space: DiskSpace;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tempest-space-"));
  reservePath = join(folder, "reserve");
  freeMib = { data: 100, blobs: 100 };
  space = open();
});
afterEach(() => rmSync(folder, { recursive: true }));

const heldBytes = () =>
  existsSync(reservePath) ? statSync(reservePath).size : 0;

function open(
  limits = {
    scarceBytes: (10 * MIB) as number | null,
    reserveBytes: (2 * MIB) as number | null,
  },
) {
  return createDiskSpace({
    ...{ folders: ["data", "blobs"], reservePath, log: silentLogger },
    ...limits,
    measure: (name) => ({
      freeBytes: freeMib[name]! * MIB - heldBytes(),
      sizeBytes: 200 * MIB,
    }),
  });
}

function statusOf(need: RoomNeed): number {
  try {
    space.assertRoom(need);
    return 200;
  } catch (error) {
    expect(error).toBeInstanceOf(XrpcError);
    const { status, headers } = error as XrpcError;
    expect(Number(headers["Retry-After"])).toBeGreaterThan(0);
    return status;
  }
}

function look(dataMib: number, blobsMib = 100) {
  freeMib = { data: dataMib, blobs: blobsMib };
  space.look();
  return [space.room(), statusOf("some"), statusOf("much")];
}

describe("room", () => {
  test("is refused to much before it is to anything", () => {
    expect(look(10)).toEqual(["ample", 200, 200]);
    expect(look(9)).toEqual(["scarce", 200, 507]);
    expect(look(4)).toEqual(["scarce", 200, 507]);
    expect(look(3)).toEqual(["none", 503, 503]);
    expect(look(0)).toEqual(["none", 503, 503]);
    expect(look(4)).toEqual(["scarce", 200, 507]);
    expect(look(100)).toEqual(["ample", 200, 200]);
  });

  test("is that of the tightest folder", () => {
    expect(look(100, 9)[0]).toBe("scarce");
    expect(look(9, 1)[0]).toBe("none");
  });

  test("is set aside while it is scarce, and given up when there is none", () => {
    look(10);
    expect(heldBytes()).toBe(0);
    look(9);
    expect(heldBytes()).toBe(2 * MIB);
    look(5);
    expect(heldBytes()).toBe(2 * MIB);
    look(3);
    expect(heldBytes()).toBe(0);
    // Room that was only given up is no reason to go on.
    expect(look(3)[0]).toBe("none");
    look(9);
    space.close();
    expect(heldBytes()).toBe(0);
  });

  test("that another process set aside is given up at the start", () => {
    look(9);
    space = open();
    expect(heldBytes()).toBe(0);
  });

  test("is judged by the size of the disk unless said", () => {
    space = open({ scarceBytes: null, reserveBytes: null });
    expect(look(10)[0]).toBe("ample");
    expect(look(9.9)[0]).toBe("scarce");
    expect(look(3.9)[0]).toBe("none");
  });

  test("is always ample for who does not want to be warned", () => {
    space = open({ scarceBytes: 0, reserveBytes: 0 });
    expect(look(0)).toEqual(["ample", 200, 200]);
  });
});
