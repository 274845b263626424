import { afterEach, beforeEach, expect, test } from "bun:test";
import type { Did } from "#repo/syntax.ts";
import {
  createTestHouse,
  type TestHouse,
} from "#contexts/accounts/test-house.ts";
import type { AdminAct } from "./audit.ts";
import { createFactorHelp, type FactorHelp } from "./factor-help.ts";

const ADMIN = { kind: "admin" } as const;
const DAY_MS = 24 * 3_600_000;

let house: TestHouse;
let did: Did;
let help: FactorHelp;
let acts: AdminAct[];
beforeEach(async () => {
  house = createTestHouse();
  ({ did } = await house.accounts.createAccount(
    { handle: "alice.test", email: "alice@mail.test", password: "password" },
    { kind: "anonymous" },
  ));
  house.db.accounts.update(did, { emailFactorAtMs: 1 });
  acts = [];
  help = createFactorHelp({
    db: house.db,
    recoveries: house.factors.recoveries,
    record: (_caller, act) => void acts.push(act),
  });
});
afterEach(() => house.remove());

test("the operator's removal of factors takes a day and is written down once", () => {
  const dueAtMs = house.clock.nowMs() + DAY_MS;
  for (let i = 0; i < 2; i++) {
    expect(help.removeFactors({ did }, ADMIN)).toEqual({ dueAtMs });
  }
  expect(help.findFactorRemoval(did)).toMatchObject({ dueAtMs });
  expect(acts.map(({ action }) => action)).toEqual(["removeFactors"]);
  house.clock.set(dueAtMs);
  house.factors.recoveries.finishFactorRecoveries();
  expect(house.db.accounts.find(did)!.emailFactorAtMs).toBeNull();
});

test("the operator may change their mind, which is written down too", () => {
  help.removeFactors({ did }, ADMIN);
  for (let i = 0; i < 2; i++) help.keepFactors({ did }, ADMIN);
  expect(help.findFactorRemoval(did)).toBeNull();
  expect(acts.map(({ action }) => action)).toEqual([
    "removeFactors",
    "keepFactors",
  ]);
});

test("an account without a factor has none to remove, and nothing is written down", () => {
  house.db.accounts.update(did, { emailFactorAtMs: null });
  expect(() => help.removeFactors({ did }, ADMIN)).toThrow("no second factor");
  expect(() => help.removeFactors({ did: "did:plc:nobody" }, ADMIN)).toThrow();
  expect(acts).toEqual([]);
});
