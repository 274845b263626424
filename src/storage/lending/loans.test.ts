import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../../../test/support/until.ts";
import type { ActorStore } from "#storage/actor-store.ts";
import { openRepoFile } from "#storage/repo-file.ts";
import { alice, change, view } from "#storage/repo-fixture.ts";
import type { RepoStore } from "#storage/repo-store.ts";
import { createLoans, type Loans, type LoansOptions } from "./loans.ts";
import type { LentFile } from "./messages.ts";

let folder: string;
let path: string;
let loans: Loans;
let told: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tempest-loans-"));
  path = join(folder, "alice.sqlite");
  told = [];
  withFile(({ apply }) => apply(change(1)));
});
afterEach(() => {
  loans.close();
  rmSync(folder, { recursive: true, force: true });
});

/** In this thread, while the file is not lent. */
function withFile<T>(look: (store: RepoStore) => T): T {
  const file = openRepoFile({
    ...{ path, did: alice, generation: 1 },
    guard: (access) => access(),
    onApplied: () => undefined,
    onSetBack: () => undefined,
  });
  try {
    return look(file.store);
  } finally {
    file.close();
  }
}

function open(options: Partial<LoansOptions> = {}): void {
  loans = createLoans({
    openHere: () => {
      throw new Error("nobody asks for more than is known");
    },
    onApplied: () => told.push("applied"),
    onReturned: (_file, left) => told.push(`left ${left}`),
    onFailed: (_file, wasApplied, error) =>
      told.push(`failed ${wasApplied}: ${error.message}`),
    onBroken: () => told.push("broken"),
    onStalled: () => told.push("stalled"),
    ...options,
  });
}

const lend = (more: Partial<LentFile> = {}) =>
  loans.lend("alice", {
    ...{ path, did: alice, generation: 1, wanted: [] },
    ...{ isKnown: false, isWalEmpty: false, mayLeaveWal: true, ...more },
  });

/** A thread that does something else. */
function another(code: string): { workerPath: string } {
  const workerPath = join(folder, "thread.ts");
  writeFileSync(workerPath, code);
  return { workerPath };
}

describe("a file that is lent", () => {
  test("takes one row and comes back with its WAL", async () => {
    open();
    await lend();
    loans.find("alice")!.apply(change(2));
    expect(loans.find("alice")!.head()).toMatchObject({ appliedSeq: 20 });
    await loans.whenBack("alice");
    expect(loans.has("alice")).toBe(false);
    expect(told).toEqual(["applied", "left commits"]);
    withFile((store) => expect(store.head()!.appliedSeq).toBe(20));
  });

  test("comes back without one where none may stay", async () => {
    open();
    await lend({ mayLeaveWal: false });
    loans.find("alice")!.apply(change(2));
    loans.takeBack("alice");
    expect(told).toEqual(["applied", "left nothing"]);
  });

  test("comes back as it was when there is nothing to write", async () => {
    const before = withFile(view);
    open();
    await lend();
    loans.giveBack("alice");
    await loans.whenBack("alice");
    expect(told).toHaveLength(1);
    expect(withFile(view)).toEqual(before);
  });

  test("takes no row any more once it is given back", async () => {
    const rows: number[] = [];
    const here: Partial<ActorStore> = { apply: ({ seq }) => rows.push(seq) };
    open({ openHere: () => here as ActorStore });
    await lend();
    const store = loans.find("alice")!;
    loans.giveBack("alice");
    store.apply(change(2));
    expect(rows).toEqual([20]);
    expect(loans.has("alice")).toBe(false);
  });

  test("is lent again while what was said of it before is on its way", async () => {
    open();
    for (let n = 2; n < 30; n++) {
      const ready = lend({ isKnown: true });
      if (n % 3 === 0) loans.takeBack("alice");
      await ready;
      loans.find("alice")?.apply(change(n));
      if (!loans.has("alice")) withFile(({ apply }) => apply(change(n)));
      loans.takeBack("alice");
    }
    withFile((store) => expect(store.head()!.appliedSeq).toBe(290));
  });
});

describe("a row that can't be applied there", () => {
  test("is told as one that the file may lack", async () => {
    open();
    await lend();
    loans.find("alice")!.apply(change(7));
    await loans.whenBack("alice");
    expect(told[1]).toMatch(/^failed true: commit .* follows/);
    withFile((store) => expect(store.head()!.appliedSeq).toBe(10));
  });

  test("is told too to who waits for the file", async () => {
    open();
    await lend();
    loans.find("alice")!.apply(change(7));
    loans.takeBack("alice");
    expect(told).toEqual([
      "applied",
      "failed true: the file could not be written",
    ]);
  });
});

test("the thread ends when nothing is lent, and begins again", async () => {
  const starts = join(folder, "starts");
  const worker = join(import.meta.dir, "worker.ts");
  const code = `require("node:fs").appendFileSync("${starts}", "x");
    require("${worker}");`;
  open({ ...another(code), restMs: 5 });
  const countStarts = () => readFileSync(starts, "utf8").length;
  await lend();
  // Not as long as something is.
  await Bun.sleep(30);
  loans.find("alice")!.apply(change(2));
  await loans.whenBack("alice");
  expect(countStarts()).toBe(1);
  await until("another start", 10_000, async () => {
    await lend();
    loans.giveBack("alice");
    await loans.whenBack("alice");
    if (countStarts() === 1) await Bun.sleep(30);
    return countStarts() === 2;
  });
  expect(told).not.toContain("broken");
});

test("a file that can't be opened there comes back at once", async () => {
  writeFileSync(path, "no database");
  open();
  await lend();
  expect(loans.has("alice")).toBe(false);
  expect(told[0]).toStartWith("failed false: ");
});

describe("without the other thread", () => {
  test("whoever waited goes on, and nothing is lent any more", async () => {
    open(another("throw new Error('no such module')"));
    await lend();
    expect(loans.find("alice")).toBeNull();
    expect(told[0]).toBe("broken");
    expect(told[1]).toStartWith("failed false: ");
    expect(loans.hasRoom()).toBe(false);
  });

  test("a row that it was given counts as lost", async () => {
    const answer = `{ kind: "read", id: 1, read: { head: null, nodes: [], records: [] } }`;
    open(
      another(`onmessage = ({ data }) => {
        if (data.kind === "open") postMessage(${answer});
        if (data.kind === "apply") process.exit(1);
      }`),
    );
    await lend();
    loans.find("alice")!.apply(change(2));
    await loans.whenBack("alice");
    expect(told.slice(0, 2)).toEqual(["applied", "broken"]);
    expect(told[2]).toStartWith("failed true: ");
  });

  test("who needs a file that does not come back ends the program", async () => {
    open({ ...another("onmessage = () => {}"), longestWaitMs: 20 });
    void lend();
    expect(() => loans.takeBack("alice")).toThrow("does not come back");
    expect(told).toEqual(["stalled"]);
    expect(() => loans.close()).toThrow("does not come back");
    // For the end of the test.
    open();
  });
});
