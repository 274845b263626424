import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Database } from "bun:sqlite";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Did, Handle } from "#repo/syntax.ts";
import { openAccountDb, type AccountDb } from "./account-db.ts";
import {
  type AccountFilter,
  type AccountPages,
  type AccountSort,
  createAccountPages,
} from "./account-pages.ts";
import { type AccountRow, statusOf } from "./accounts.ts";

/** More than are sorted: texts that all hold are looked for in another way. */
const ACCOUNTS = 2300;
const PAGE = 700;

let folder: string;
let db: AccountDb;
const rows = new Map<Did, AccountRow & { bytes: number }>();

function account(i: number): AccountRow {
  const name = `${["ana", "ben", "Chris"][i % 3]}${(i * 7919) % 10_007}`;
  return {
    did: `did:plc:${((i * 104_729) % 1_000_003).toString(36)}x${i}` as Did,
    handle: `${name.toLowerCase()}.pds.test` as Handle,
    email:
      i % 10 === 9
        ? null
        : `${name}@${i % 500 === 1 ? "spam.test" : "Mail.test"}`,
    ...{ emailConfirmedAtMs: null, emailFactorAtMs: null, passwordHash: null },
    ...{ generation: 1, creationState: null, takedownRef: null },
    createdAtMs: 1_000_000 + (i % 1000),
    deactivatedAtMs: i % 400 === 7 ? 5 : null,
    suspendedAtMs: i === 12 ? 5 : null,
    takedownAtMs: i % 700 === 7 ? 5 : null,
    ...{ deleteAfterMs: null, deletingAtMs: null, invitesDisabledAtMs: null },
    inviteNote: null,
  };
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tempest-pages-"));
  db = openAccountDb(join(folder, "account.sqlite"));
  db.transaction(() => {
    for (let i = 0; i < ACCOUNTS; i++) {
      const row = account(i);
      db.accounts.insert(row);
      const bytes = i % 4 === 0 ? i * 10 : 0;
      if (bytes > 0) {
        const sizes = { repoBytes: bytes, recordCount: 1, nowMs: 1 };
        db.usage.setMeasured(row.did, sizes);
      }
      rows.set(row.did, { ...row, bytes });
    }
    change(3, { handle: "renamed.elsewhere.test" as Handle });
    change(4, { email: "gone-elsewhere@other.test" });
    change(5, { email: null });
    const { did } = account(6);
    db.accounts.remove(did);
    rows.delete(did);
  });
});
afterAll(() => {
  db.close();
  rmSync(folder, { recursive: true, force: true });
});

function change(
  i: number,
  changes: { handle?: Handle; email?: string | null },
) {
  const { did } = account(i);
  db.accounts.update(did, changes);
  rows.set(did, { ...rows.get(did)!, ...changes });
}

/** What should be found, by looking at each. */
function isMeant(row: AccountRow, filter: AccountFilter): boolean {
  const email = row.email?.toLowerCase() ?? null;
  const text = (filter.search ?? "").trim();
  const small = text.toLowerCase().replace(/^@/, "");
  const names = [row.handle as string, email].filter((name) => name !== null);
  const isFound = text.startsWith("did:")
    ? row.did.startsWith(text)
    : names.some((name) =>
        small.length < 3 ? name.startsWith(small) : name.includes(small),
      );
  return (
    isFound &&
    (filter.email === undefined ||
      email?.includes(filter.email.toLowerCase()) === true) &&
    (filter.status === undefined || statusOf(row) === filter.status) &&
    row.createdAtMs >= (filter.createdAfterMs ?? 0) &&
    row.createdAtMs < (filter.createdBeforeMs ?? Infinity)
  );
}

const KEYS: Record<
  AccountSort,
  (row: AccountRow & { bytes: number }) => number | string
> = {
  newest: (row) => -row.createdAtMs,
  oldest: (row) => row.createdAtMs,
  handle: (row) => row.handle,
  largest: (row) => -row.bytes,
};

function expected(filter: AccountFilter, sort: AccountSort): Did[] {
  const key = KEYS[sort];
  const down = sort === "newest" || sort === "largest" ? -1 : 1;
  return [...rows.values()]
    .filter((row) => isMeant(row, filter))
    .toSorted((a, b) => {
      const [x, y] = [key(a), key(b)];
      return x < y ? -1 : x > y ? 1 : a.did < b.did ? -down : down;
    })
    .map(({ did }) => did);
}

function listAll(
  pages: AccountPages,
  filter: AccountFilter,
  sort: AccountSort,
) {
  const found: Did[] = [];
  for (let cursor: string | null = null; ;) {
    const page: ReturnType<AccountPages["list"]> = pages.list({
      ...{ filter, sort, cursor, limit: PAGE },
    });
    found.push(...page.lines.map(({ did }) => did));
    if (page.next === null) return found;
    cursor = page.next;
  }
}

const FILTERS: readonly AccountFilter[] = [
  {},
  ...[
    "ana",
    "@ANA",
    ".pds.test",
    "spam.test",
    "Mail.TEST",
    "a7919.",
    "renamed",
    "elsewhere",
    "nobody-at-all",
    "%",
    "_",
    '"',
    "a*",
    "an",
    "c",
    "zz",
    "did:plc:",
    `did:plc:${(104_729).toString(36)}x1`,
    "did:web:",
    "NEAR(ana ben)",
  ].map((search) => ({ search })),
  ...["spam.test", "MAIL.test", "@", "s", "nobody", '"'].map((email) => ({
    email,
  })),
  ...(["active", "deactivated", "suspended", "takendown"] as const).map(
    (status) => ({ status }),
  ),
  {
    status: "takendown",
    search: "ana",
    createdAfterMs: 1_000_007,
    createdBeforeMs: 1_000_900,
  },
];

describe("lists of accounts", () => {
  for (const filter of FILTERS) {
    test(`find by ${JSON.stringify(filter)}, in every order, to the last page`, () => {
      for (const sort of Object.keys(KEYS) as AccountSort[]) {
        expect(listAll(db.accountPages, filter, sort)).toEqual(
          expected(filter, sort),
        );
      }
      const byDid = expected(filter, "handle").toSorted();
      expect(db.accountPages.count(filter)).toBe(byDid.length);
      expect(db.accountPages.listDids(filter, null, ACCOUNTS)).toEqual(byDid);
      const [, second] = byDid;
      if (second === undefined) return;
      expect(db.accountPages.listDids(filter, second, 2)).toEqual(
        byDid.slice(2, 4),
      );
    });
  }

  test("look at few accounts where few are found", () => {
    const file = new Database(join(folder, "account.sqlite"), { strict: true });
    const asked: string[] = [];
    const spy = new Proxy(file, {
      get(target, name) {
        if (name !== "query") return Reflect.get(target, name);
        return (sql: string) => {
          asked.push(sql);
          return target.query(sql);
        };
      },
    });
    const pages = createAccountPages(spy);
    const rare: AccountFilter[] = [
      { search: "spam.test" },
      { search: "zz" },
      { email: "spam.test" },
      { search: "did:plc:9" },
      { status: "takendown" },
    ];
    for (const filter of rare) {
      for (const sort of Object.keys(KEYS) as AccountSort[]) {
        pages.list({ filter, sort, cursor: null, limit: 50 });
      }
    }
    pages.list({ filter: {}, sort: "largest", cursor: null, limit: 50 });
    const plans = asked.map((sql) =>
      file.query<{ detail: string }, []>(`EXPLAIN QUERY PLAN ${sql}`).all(),
    );
    expect(plans.length).toBeGreaterThan(rare.length * 4);
    const steps = plans.flat().map(({ detail }) => detail);
    // One index has the order of the list, the other nothing but what is meant.
    const isShort = /USING INDEX account_(usage_total|takendown)/;
    const scans = steps.filter((step) => /^SCAN (a|u|account)\b/.test(step));
    expect(scans.filter((step) => !isShort.test(step))).toEqual([]);
    file.close();
  });
});
