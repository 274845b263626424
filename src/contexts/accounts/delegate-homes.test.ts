import { expect, test } from "bun:test";
import type { AccountRow } from "#storage/account/accounts.ts";
import type { DelegationRow } from "#storage/account/delegations.ts";
import type { Did } from "#repo/syntax.ts";
import { createDelegateHomes } from "./delegate-homes.ts";

const did = "did:plc:delegate" as Did;
const ACTIVE = {
  ...{ creationState: null, deletingAtMs: null, takedownAtMs: null },
  ...{ suspendedAtMs: null, deactivatedAtMs: null },
};

/** With the account that the delegate has here, and the server that their document names. */
function homesOf(account: Partial<AccountRow> | null, pds: string | null) {
  return createDelegateHomes({
    db: {
      accounts: {
        findHosting: () => account && ({ did, ...ACTIVE, ...account } as never),
      } as never,
      delegations: {} as never,
    },
    async resolveDid() {
      if (pds === null) throw new Error("does not resolve");
      const service = {
        ...{ id: "#atproto_pds", type: "AtprotoPersonalDataServer" },
        serviceEndpoint: pds,
      };
      return { id: did, service: [service] } as never;
    },
    publicUrl: "https://ours.test/",
    clock: { nowMs: () => 0, nowMicros: () => 0 },
  });
}

const rests = { deactivatedAtMs: 100 };

test("a delegate whose account rests here lives where the document says", async () => {
  for (const [account, pds, isHere] of [
    [null, null, false],
    [{}, "https://theirs.test", true],
    [{ takedownAtMs: 1 }, "https://theirs.test", true],
    [rests, "https://ours.test", true],
    [rests, "https://theirs.test", false],
    // What can't be found out changes nothing.
    [rests, null, true],
  ] as const) {
    const found = await homesOf(account, pds).livesHere(did);
    expect([account, pds, found]).toEqual([account, pds, isHere]);
  }
});

test("and acts for others once they have shown to live there, since it rests", () => {
  for (const [account, elsewhereAtMs, mayAct] of [
    [null, null, true],
    [{}, null, true],
    [rests, null, false],
    [rests, 100, true],
    // It came back and rests anew.
    [rests, 99, false],
    [{ ...rests, takedownAtMs: 1 }, 200, false],
    [{ ...rests, suspendedAtMs: 1 }, 200, false],
  ] as const) {
    const row = { delegateDid: did, elsewhereAtMs } as DelegationRow;
    const found = homesOf(account, null).mayAct(row);
    expect([account, elsewhereAtMs, found]).toEqual([
      account,
      elsewhereAtMs,
      mayAct,
    ]);
  }
});
