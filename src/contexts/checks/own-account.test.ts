import { describe, expect, test } from "bun:test";
import { createFakeClock } from "#lib/clock.ts";
import { XrpcError } from "#lib/errors.ts";
import type { Did, Handle, Tid } from "#repo/syntax.ts";
import { tidFromMicros } from "#repo/tid.ts";
import type { AccountRow } from "#storage/account/accounts.ts";
import type { RepoReport } from "#contexts/relays/relay-client.ts";
import { createOwnAccounts } from "./own-account.ts";

const DID = "did:plc:alicealicealicealicealic" as Did;
const OTHER = "did:plc:bobbobbobbobbobbobbobbob" as Did;
const HANDLE = "alice.example.com" as Handle;
const KEY = "did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169";
const MINUTE_MS = 60_000;

/** An account that is as it should be, but for what is changed. */
function stage(changes: {
  row?: Partial<AccountRow>;
  finding?: {
    isOurs: boolean;
    dns: Did | "conflict" | null;
    https: Did | null;
  };
  document?: object | null;
  relay?: (rev: { old: string; new: string }) => RepoReport;
  headAgeMs?: number;
  hasMissing?: boolean | null;
}) {
  const clock = createFakeClock();
  const nowMs = clock.nowMs();
  const revAt = (ms: number) => tidFromMicros(ms * 1000, 0);
  const headMs = nowMs - (changes.headAgeMs ?? 60 * MINUTE_MS);
  const head = revAt(headMs);
  const row = {
    ...{ did: DID, handle: HANDLE, email: "a@b.c", emailConfirmedAtMs: 1 },
    ...{ creationState: null, createdAtMs: 0, deletingAtMs: null },
    ...{ takedownAtMs: null, suspendedAtMs: null, deactivatedAtMs: null },
    ...{ deleteAfterMs: null, ...changes.row },
  } as AccountRow;
  const document =
    changes.document === undefined ? documentOf({}) : changes.document;
  const revs = { old: revAt(headMs - 1), new: head };
  const report = changes.relay?.(revs) ?? {
    ...{ kind: "known" as const, active: true, status: null, rev: head },
  };
  const accounts = createOwnAccounts({
    db: {
      accounts: { find: () => row },
      usage: { find: () => ({ blobCount: 2, blobBytes: 3000 }) },
    } as never,
    stores: {
      find: () => ({
        head: () => ({ rev: head as Tid }),
        sizeBytes: () => 4096,
      }),
    } as never,
    eventLog: {
      collectionCounts: () =>
        new Map([
          ["a.b.c", 2],
          ["d.e.f", 5],
        ]),
    },
    identity: {
      async resolveDid() {
        if (document === null) throw new XrpcError("UpstreamFailure", "down");
        return document as never;
      },
      inspectHandle: async () =>
        changes.finding ?? { isOurs: false, dns: DID, https: null },
    },
    keys: { getSigner: () => ({ didKey: KEY }) as never },
    blobs: { hasMissingBlobs: () => changes.hasMissing ?? false },
    relays: {
      askAboutRepo: async () => [
        { url: "https://relay.test", atMs: nowMs, report },
      ],
    },
    publicUrl: "https://pds.test/",
    clock,
  });
  return accounts.report(DID);
}

function documentOf(changes: { pds?: string; handle?: string; key?: string }) {
  return {
    id: DID,
    alsoKnownAs: [`at://${changes.handle ?? HANDLE}`],
    verificationMethod: [
      {
        id: "#atproto",
        type: "Multikey",
        publicKeyMultibase: changes.key ?? KEY.slice("did:key:".length),
      },
    ],
    service: [
      {
        id: "#atproto_pds",
        type: "AtprotoPersonalDataServer",
        serviceEndpoint: changes.pds ?? "https://pds.test",
      },
    ],
  };
}

const kindsOf = async (changes: Parameters<typeof stage>[0]) =>
  (await stage(changes)).warnings.map(({ kind }) => kind);

test("nothing is to be mended where all is well", async () => {
  const report = await stage({});
  expect(report.warnings).toEqual([]);
  expect(report).toMatchObject({
    ...{ status: "active", records: 7, repoBytes: 4096 },
    ...{ blobs: 2, blobBytes: 3000 },
    handle: { isGood: true, forward: { kind: "dns" } },
  });
  expect(report.relays).toMatchObject([
    { kind: "current", seenMs: report.head!.atMs },
  ]);
});

describe("a handle works when", () => {
  const dns = (did: Did | "conflict" | null, https: Did | null = null) => ({
    finding: { isOurs: false, dns: did, https },
  });
  const forwardOf = async (changes: Parameters<typeof stage>[0]) =>
    (await stage(changes)).handle.forward;

  test("it leads to the account, by whichever way", async () => {
    expect(await forwardOf(dns(null, DID))).toEqual({ kind: "https" });
    expect(await forwardOf(dns(null))).toEqual({ kind: "nowhere" });
    expect(await forwardOf(dns("conflict", DID))).toEqual({ kind: "conflict" });
    // DNS counts first, however right the website is.
    expect(await forwardOf(dns(OTHER, DID))).toEqual({
      ...{ kind: "other", did: OTHER },
    });
    expect(
      await forwardOf({ finding: { isOurs: true, dns: null, https: null } }),
    ).toEqual({ kind: "ours" });
    expect(await kindsOf(dns(null))).toEqual(["handle"]);
  });

  test("the document names it", async () => {
    const document = documentOf({ handle: "old.example.com" });
    const { handle, warnings } = await stage({ document });
    expect(handle).toMatchObject({
      backward: { kind: "other", handle: "old.example.com" },
      isGood: false,
    });
    expect(warnings).toEqual([{ kind: "handle" }]);
    expect((await stage({ document: null })).handle.backward).toEqual({
      kind: "unreachable",
    });
  });
});

test("an identity that leads elsewhere is told with both values", async () => {
  const moved = documentOf({ pds: "https://new.test" });
  expect((await stage({ document: moved })).warnings).toEqual([
    {
      ...{ kind: "identity", part: "atproto_pds" },
      ...{ expected: "https://pds.test", found: "https://new.test" },
    },
  ]);
});

describe("a relay", () => {
  const rev =
    (which: "old" | "new") => (revs: { old: string; new: string }) => ({
      ...{ kind: "known" as const, active: true, status: null },
      rev: revs[which],
    });

  test("may be behind for some minutes, not for longer", async () => {
    const relay = rev("old");
    expect(await kindsOf({ relay, headAgeMs: MINUTE_MS })).toEqual([]);
    const { warnings, relays } = await stage({ relay });
    expect(relays[0]!.kind).toBe("behind");
    expect(warnings).toEqual([
      { kind: "relay", url: "https://relay.test", reason: "behind" },
    ]);
  });

  test("that can't be asked says nothing against the account", async () => {
    const relay = () => ({ kind: "unreachable" as const, reason: "503" });
    const { relays, warnings } = await stage({ relay });
    expect(relays).toEqual([
      {
        ...{ url: "https://relay.test", kind: "unreachable" },
        ...{ seenMs: null, detail: "503" },
      },
    ]);
    expect(warnings).toEqual([]);
    const unknown = () => ({ kind: "unknown" as const });
    expect(await kindsOf({ relay: unknown })).toEqual(["relay"]);
    const row = { deactivatedAtMs: 1, createdAtMs: 0 };
    expect(await kindsOf({ relay: unknown, row })).toEqual(["deactivated"]);
  });
});

test("the gravest comes first", async () => {
  expect(
    await kindsOf({
      row: { takedownAtMs: 1, email: null },
      hasMissing: true,
      finding: { isOurs: false, dns: null, https: null },
    }),
  ).toEqual(["takendown", "handle", "missing-blobs", "no-email"]);
  expect(await kindsOf({ row: { emailConfirmedAtMs: null } })).toEqual([
    "email-unconfirmed",
  ]);
});
