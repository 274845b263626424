import { expect, test } from "bun:test";
import { generatePrivateKey } from "#repo/keys.ts";
import { createSigner, type Signer } from "#repo/signer.ts";
import type { Did } from "#repo/syntax.ts";
import {
  cidOfOperation,
  formatAtprotoData,
  type PlcData,
  type PlcLogEntry,
  signPlcOperation,
} from "#contexts/identity/plc-operation.ts";
import { createOwnIdentities } from "./own-identity.ts";

const DID = "did:plc:alicealicealicealicealic" as Did;
const HOUR_MS = 3_600_000;
const NOW_MS = Date.parse("2026-01-10T00:00:00Z");

const newSigner = () => createSigner("k256", generatePrivateKey("k256"));
const [server, own, repo] = [newSigner(), newSigner(), newSigner()];

function entry(
  data: PlcData,
  before: PlcLogEntry | null,
  given: { signer: Signer; hoursAgo: number; nullified?: boolean },
): PlcLogEntry {
  const operation = signPlcOperation(data, before?.cid ?? null, given.signer);
  return {
    ...{ did: DID, operation, cid: cidOfOperation(operation) },
    nullified: given.nullified ?? false,
    createdAt: new Date(NOW_MS - given.hoursAgo * HOUR_MS).toISOString(),
  };
}

test("a log is told in what each operation changed, by whom, and what was undone", async () => {
  const first = formatAtprotoData({
    signingKey: repo.didKey,
    rotationKeys: [own.didKey, server.didKey],
    handle: "alice.test",
    pds: "https://pds.test",
  });
  const stolen = { ...first, alsoKnownAs: ["at://thief.test"] };
  const saved = { ...first, rotationKeys: [own.didKey] };
  const made = entry(first, null, { signer: server, hoursAgo: 500 });
  const theft = entry(stolen, made, {
    ...{ signer: server, hoursAgo: 20, nullified: true },
  });
  const rescue = entry(saved, made, { signer: own, hoursAgo: 10 });
  const identities = createOwnIdentities({
    plc: {
      getAuditLog: async () => [made, theft, rescue],
      getData: async () => saved,
    },
    resolveDid: async () => ({ id: DID }),
    methods: {} as never,
    rotationKey: () => server.didKey,
    recoveryKey: null,
    clock: { nowMs: () => NOW_MS },
  });
  const { log, rotationKeys } = await identities.view(DID);
  expect(rotationKeys).toEqual([{ didKey: own.didKey, holder: "other" }]);
  expect(log!.map(({ kind, isNullified }) => [kind, isNullified])).toEqual([
    ["changed", false],
    ["changed", true],
    ["made", false],
  ]);
  const [byOwner, byThief, genesis] = log!;
  // Compared with what counted before it, not with what was undone.
  expect(byOwner).toMatchObject({
    steps: [{ part: "rotationKey", from: server.didKey, to: null }],
    signedBy: { didKey: own.didKey, holder: "other" },
    undoableUntilMs: NOW_MS + 62 * HOUR_MS,
  });
  expect(byThief).toMatchObject({
    steps: [{ part: "handle", from: "at://alice.test", to: "at://thief.test" }],
    signedBy: { holder: "server" },
    undoableUntilMs: null,
  });
  expect(genesis!.steps.length).toBe(5);
});
