import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { XrpcError } from "#lib/errors.ts";
import type { Did, Handle } from "#repo/syntax.ts";
import type { CreationStep } from "./creation.ts";
import type { NewAccount } from "./reservation.ts";
import { createTestHouse, type TestHouse } from "./test-house.ts";

let house: TestHouse;

beforeEach(() => {
  house = createTestHouse();
});

afterEach(() => house.remove());

const ALICE = "alice.test" as Handle;

function request(over: Partial<NewAccount> = {}): NewAccount {
  return {
    did: null,
    handle: ALICE,
    email: "alice@example.com",
    passwordHash: "hash",
    inviteCode: null,
    mustUseInvite: false,
    recoveryKey: null,
    ...over,
  };
}

async function errorOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof XrpcError)) throw error ?? new Error("no error");
  return `${error.status} ${error.error}`;
}

/** Everything that the creation of one account leaves, and only once. */
function expectWhole(did: Did): void {
  const { db, plc, genesis } = house;
  expect(db.accounts.count()).toBe(1);
  expect(db.accounts.find(did)).toMatchObject({
    handle: ALICE,
    creationState: null,
    deactivatedAtMs: null,
  });
  expect(db.accounts.listCreating()).toEqual([]);
  expect(db.plcOperations.list(did)).toEqual([]);
  expect(db.signingKeys.list(did)).toHaveLength(1);
  expect(db.inviteCodes.listUses("code").map((use) => use.usedBy)).toEqual([
    did,
  ]);
  expect([...plc.identities.keys()]).toEqual([did]);
  expect(plc.identities.get(did)!.verificationMethods.atproto).toBe(
    house.keys.getSigner(did).didKey,
  );
  expect([...genesis.repos]).toEqual([[did, { handle: ALICE, active: true }]]);
}

describe("a creation that is killed", () => {
  const steps: CreationStep[] = [
    "prepared",
    "reserved",
    "submitted",
    "registered",
    "published",
    "active",
  ];

  for (const step of steps) {
    test(`at "${step}" is whole after the next start`, async () => {
      house.invite("code", 1);
      house.crashAt(step);
      const attempt = house.creations.create(request({ inviteCode: "code" }));
      await expect(attempt).rejects.toThrow(`killed at ${step}`);
      await attempt.catch(() => {});
      const known = house.db.accounts.findByHandle(ALICE)?.did ?? null;

      house.restart();
      const { finished, waiting, refused } = await house.creations.resume();
      expect([waiting, refused]).toEqual([[], []]);

      if (step === "prepared") {
        // Nothing had happened yet: neither here nor in the directory.
        expect(house.db.accounts.count()).toBe(0);
        expect(house.plc.identities.size).toBe(0);
        expect(house.db.inviteCodes.isAvailable("code")).toBe(true);
        await house.creations.create(request({ inviteCode: "code" }));
      } else {
        expect(finished).toEqual(step === "active" ? [] : [known!]);
      }
      const { did } = house.db.accounts.findByHandle(ALICE)!;
      if (known !== null) expect(did).toBe(known);
      expectWhole(did);
    });
  }

  test("again and again comes to its end", async () => {
    house.invite("code", 1);
    house.crashAt("reserved");
    await house.creations
      .create(request({ inviteCode: "code" }))
      .catch(() => {});
    for (const step of ["submitted", "registered", "published"] as const) {
      house.restart();
      house.crashAt(step);
      expect((await house.creations.resume()).waiting).toHaveLength(1);
    }
    house.restart();
    const { finished } = await house.creations.resume();
    expectWhole(finished[0]!);
  });
});

describe("the PLC directory", () => {
  test("that can't be reached leaves the account reserved until it can", async () => {
    house.invite("code", 1);
    house.plc.failure = new XrpcError("UpstreamTimeout", "no answer");
    expect(
      await errorOf(house.creations.create(request({ inviteCode: "code" }))),
    ).toBe("503 ServiceUnavailable");
    const { did } = house.db.accounts.findByHandle(ALICE)!;
    expect(house.db.plcOperations.list(did)[0]).toMatchObject({ attempts: 1 });
    expect(await house.creations.resume()).toMatchObject({ waiting: [did] });
    expect(house.genesis.repos.size).toBe(0);

    house.plc.failure = null;
    expect(await house.creations.resume()).toMatchObject({ finished: [did] });
    expectWhole(did);
  });

  test("that is busy has not refused", async () => {
    house.plc.failure = new XrpcError("RateLimitExceeded", "slowly");
    expect(await errorOf(house.creations.create(request()))).toBe(
      "503 ServiceUnavailable",
    );
    expect(house.db.accounts.count()).toBe(1);
  });

  test("that refuses leaves nothing behind", async () => {
    house.invite("code", 1);
    house.plc.failure = new XrpcError("InvalidRequest", "bad rotation key");
    const attempt = house.creations.create(request({ inviteCode: "code" }));
    await expect(attempt).rejects.toThrow("bad rotation key");
    expect(await errorOf(attempt)).toBe("502 UpstreamFailure");
    expect(house.db.accounts.count()).toBe(0);
    expect(house.db.inviteCodes.isAvailable("code")).toBe(true);
    house.plc.failure = null;
    const { did } = await house.creations.create(
      request({ inviteCode: "code" }),
    );
    expectWhole(did);
  });

  test("that refuses at the next start leaves nothing behind either", async () => {
    house.crashAt("reserved");
    await house.creations.create(request()).catch(() => {});
    house.restart();
    house.plc.failure = new XrpcError("InvalidRequest", "no");
    expect((await house.creations.resume()).refused).toHaveLength(1);
    expect(house.db.accounts.count()).toBe(0);
  });

  test("gets the owner's key before the operator's before the server's", async () => {
    const recoveryKey = house.keys.generate().signer.didKey;
    const { did } = await house.creations.create(request({ recoveryKey }));
    expect(house.plc.identities.get(did)!.rotationKeys).toEqual([
      recoveryKey,
      house.recoveryDidKey,
      house.rotationSigner.didKey,
    ]);
  });
});

describe("two creations at once", () => {
  test("of one handle: exactly one wins", async () => {
    const results = await Promise.allSettled([
      house.creations.create(request({ email: "a@example.com" })),
      house.creations.create(request({ email: "b@example.com" })),
    ]);
    expect(results.map((result) => result.status).sort()).toEqual([
      "fulfilled",
      "rejected",
    ]);
    const lost = results.find((result) => result.status === "rejected")!;
    expect(lost.reason.error).toBe("HandleNotAvailable");
    expect(house.plc.identities.size).toBe(1);
    expect(house.genesis.repos.size).toBe(1);
  });

  test("with one e-mail address: exactly one wins", async () => {
    const results = await Promise.allSettled([
      house.creations.create(request()),
      house.creations.create(
        request({ handle: "bob.test" as Handle, email: "ALICE@example.com" }),
      ),
    ]);
    const lost = results.filter((result) => result.status === "rejected");
    expect(lost).toHaveLength(1);
    expect(lost[0]!.reason.message).toContain("Email already taken");
  });

  test("with the last use of an invite: exactly one wins", async () => {
    house.restart({ inviteRequired: true });
    house.invite("code", 1);
    const results = await Promise.allSettled(
      ["a", "b", "c"].map((name) =>
        house.creations.create(
          request({
            handle: `${name}.test` as Handle,
            email: `${name}@example.com`,
            inviteCode: "code",
            mustUseInvite: true,
          }),
        ),
      ),
    );
    const lost = results.filter((result) => result.status === "rejected");
    expect(lost.map((result) => result.reason.error)).toEqual([
      "InvalidInviteCode",
      "InvalidInviteCode",
    ]);
    expect(house.db.accounts.count()).toBe(1);
  });
});

describe("an account that moves here", () => {
  const did = "did:web:alice.example" as Did;

  test("is made deactivated, with three days to arrive, and without PLC", async () => {
    const row = await house.creations.create(request({ did }));
    const nowMs = house.clock.nowMs();
    expect(row).toMatchObject({
      did,
      creationState: null,
      deactivatedAtMs: nowMs,
      deleteAfterMs: nowMs + 3 * 24 * 3_600_000,
    });
    expect(house.plc.identities.size).toBe(0);
    expect(house.genesis.repos.get(did)).toEqual({
      handle: ALICE,
      active: false,
    });
    const again = request({
      did,
      handle: "b.test" as Handle,
      email: "b@b.test",
    });
    expect(await errorOf(house.creations.create(again))).toBe(
      "400 AlreadyExists",
    );
  });

  test("takes the key that was reserved for it", async () => {
    const didKey = house.keys.reserve(did);
    expect(house.keys.reserve(did)).toBe(didKey);
    expect(house.keys.reserve(null)).not.toBe(house.keys.reserve(null));
    await house.creations.create(request({ did }));
    expect(house.keys.getSigner(did).didKey).toBe(didKey);
    expect(house.db.reservedKeys.findByDid(did)).toBeNull();
  });

  test("is finished after a crash", async () => {
    house.crashAt("reserved");
    await house.creations.create(request({ did })).catch(() => {});
    house.restart();
    expect((await house.creations.resume()).finished).toEqual([did]);
    expect(house.genesis.repos.size).toBe(1);
  });
});

test("a signer is the same after it was dropped from memory", async () => {
  const { did } = await house.creations.create(request());
  const before = house.keys.getSigner(did);
  expect(house.keys.getSigner(did)).toBe(before);
  house.keys.forget(did);
  const after = house.keys.getSigner(did);
  expect(after).not.toBe(before);
  expect(after.didKey).toBe(before.didKey);
});
