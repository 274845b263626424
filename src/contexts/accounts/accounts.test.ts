import { describe, expect, test } from "bun:test";
import { scryptSync } from "node:crypto";
import type { Did } from "#repo/syntax.ts";
import type { Caller } from "#contexts/security/caller.ts";
import type { TokenPair } from "#contexts/security/sessions.ts";
import {
  alice,
  house,
  PASSWORD,
  refusal,
  useHouse,
} from "./accounts-fixture.ts";

useHouse();

const signIn = (identifier: string, password = PASSWORD, over = {}) =>
  house.accounts.createSession({ identifier, password, ...over });
const callerOf = ({ accessJwt }: TokenPair): Caller =>
  house.accounts.authenticateAccess(accessJwt);

describe("signing in", () => {
  test("works by handle, DID and e-mail address in any case", async () => {
    for (const name of [
      "alice.test",
      "@Alice.TEST",
      " alice.test ",
      alice.did,
      "ALICE@example.COM",
    ]) {
      const session = await signIn(name);
      expect(session).toMatchObject({ did: alice.did, active: true });
      expect(session).not.toHaveProperty("status");
      expect(callerOf(session)).toMatchObject({ scope: "access" });
    }
  });

  test("says the same of a wrong name and a wrong password", async () => {
    const messages = new Set<string>();
    for (const [name, password] of [
      ["alice.test", "wrong"],
      ["alice.test", ""],
      ["nobody.test", PASSWORD],
      ["nobody@example.com", PASSWORD],
      ["did:plc:nobody", PASSWORD],
      ["", PASSWORD],
      ["alice.test", PASSWORD + "x".repeat(512)],
    ] as const) {
      const error = await signIn(name, password).catch((thrown) => thrown);
      expect(error).toMatchObject({
        status: 401,
        error: "AuthenticationRequired",
      });
      messages.add(error.message);
    }
    expect([...messages]).toEqual(["Invalid identifier or password"]);
  });

  test("works for a deactivated account, and says so", async () => {
    await house.accounts.states.deactivate(alice.did);
    expect(await signIn("alice.test")).toMatchObject({
      active: false,
      status: "deactivated",
    });
  });

  test("to a taken-down account needs to be asked for, and gives little", async () => {
    const app = house.accounts.createAppPassword(
      { name: "app" },
      callerOf(alice),
    );
    await house.accounts.states.takeDown(alice.did, "case 1");
    expect(await refusal(() => signIn("alice.test"))).toBe(
      "401 AccountTakedown",
    );
    expect(await refusal(() => signIn("alice.test", "wrong"))).toBe(
      "401 AuthenticationRequired",
    );
    const allowed = { allowTakendown: true };
    expect(
      await refusal(() => signIn("alice.test", app.password, allowed)),
    ).toBe("401 AccountTakedown");
    const session = await signIn("alice.test", PASSWORD, allowed);
    expect(session).toMatchObject({ active: false, status: "takendown" });
    expect(callerOf(session)).toMatchObject({ scope: "takendown" });
    expect(
      await refusal(() => house.accounts.refreshSession(session.refreshJwt)),
    ).toBe("401 AccountTakedown");
  });

  test("hashes a password of the reference server anew", async () => {
    const salt = "00112233445566778899aabbccddeeff";
    const key = scryptSync(PASSWORD, salt, 64).toString("hex");
    house.db.accounts.update(alice.did, { passwordHash: `${salt}:${key}` });
    await signIn("alice.test");
    const { passwordHash } = house.db.accounts.find(alice.did)!;
    expect(passwordHash).toStartWith("$argon2id$");
    await signIn("alice.test");
  });
});

describe("a session", () => {
  test("is refreshed, and told who it is for", async () => {
    const next = await house.accounts.refreshSession(alice.refreshJwt);
    expect(next).toMatchObject({
      did: alice.did,
      handle: "alice.test",
      email: "Alice@example.com",
      active: true,
    });
    expect(await house.accounts.getSession(callerOf(next))).toMatchObject({
      did: alice.did,
    });
  });

  test("is ended, also by a token that was replaced", async () => {
    const next = await house.accounts.refreshSession(alice.refreshJwt);
    house.accounts.deleteSession(alice.refreshJwt);
    expect(await refusal(() => callerOf(next))).toBe("400 ExpiredToken");
    expect(
      await refusal(() => house.accounts.refreshSession(next.refreshJwt)),
    ).toBe("400 ExpiredToken");
  });

  test("of an account taken down is ended", async () => {
    await house.accounts.states.takeDown(alice.did, "case 1");
    expect(await refusal(() => callerOf(alice))).toBe("401 AccountTakedown");
    expect(
      await refusal(() => house.accounts.refreshSession(alice.refreshJwt)),
    ).toBe("401 AccountTakedown");
  });

  test("can't be read for an account taken down, and not without a session", async () => {
    const caller = callerOf(alice);
    house.db.accounts.update(alice.did, { takedownAtMs: 1 });
    expect(await refusal(() => house.accounts.getSession(caller))).toBe(
      "400 InvalidRequest",
    );
    expect(
      await refusal(() => house.accounts.getSession({ kind: "admin" })),
    ).toBe("401 AuthMissing");
  });

  test("of an account that is gone is refused", async () => {
    house.db.accounts.remove(alice.did);
    expect(await refusal(() => callerOf(alice))).toBe("403 AccountNotFound");
    expect(
      await refusal(() => house.accounts.refreshSession(alice.refreshJwt)),
    ).toBe("400 ExpiredToken");
  });

  test("whose refresh token comes back too late is ended and reported", async () => {
    await house.accounts.refreshSession(alice.refreshJwt);
    house.clock.advance(2 * 3_600_000);
    expect(
      await refusal(() => house.accounts.refreshSession(alice.refreshJwt)),
    ).toBe("400 ExpiredToken");
    expect(house.reused).toEqual([alice.did]);
  });
});

describe("an app password", () => {
  const make = (name: string, privileged?: boolean) =>
    house.accounts.createAppPassword(
      { name, ...(privileged !== undefined && { privileged }) },
      callerOf(alice),
    );

  test("signs in with less than the main one", async () => {
    const plain = make("plain");
    expect(plain).toEqual({
      name: "plain",
      password: expect.stringMatching(/^([a-z2-7]{4}-){3}[a-z2-7]{4}$/),
      createdAt: new Date(house.clock.nowMs()).toISOString(),
      privileged: false,
    });
    const session = await signIn("alice.test", plain.password);
    expect(callerOf(session)).toMatchObject({ scope: "appPass" });
    const more = make("more", true);
    const privileged = await signIn(alice.did, more.password);
    expect(callerOf(privileged)).toMatchObject({ scope: "appPassPrivileged" });
    const refreshed = await house.accounts.refreshSession(session.refreshJwt);
    expect(callerOf(refreshed)).toMatchObject({ scope: "appPass" });
  });

  test("is listed without its secret, and its name is taken once", async () => {
    make("one");
    make("two", true);
    const { passwords } = house.accounts.listAppPasswords(callerOf(alice));
    expect(passwords.map((row) => [row.name, row.privileged]).sort()).toEqual([
      ["one", false],
      ["two", true],
    ]);
    expect(JSON.stringify(passwords)).not.toContain('"password"');
    expect(await refusal(() => make("one"))).toBe("400 InvalidRequest");
    expect(await refusal(() => make(" "))).toBe("400 InvalidRequest");
    expect(await refusal(() => make("x".repeat(101)))).toBe(
      "400 InvalidRequest",
    );
  });

  test("that is revoked takes its sessions with it", async () => {
    const { password } = make("gone");
    const session = await signIn("alice.test", password);
    house.accounts.revokeAppPassword({ name: "gone" }, callerOf(alice));
    house.accounts.revokeAppPassword({ name: "gone" }, callerOf(alice));
    expect(await refusal(() => callerOf(session))).toBe("400 ExpiredToken");
    expect(await refusal(() => signIn("alice.test", password))).toBe(
      "401 AuthenticationRequired",
    );
    expect(callerOf(alice)).toMatchObject({ scope: "access" });
  });
});

describe("the status of an account", () => {
  const events = () => house.told;

  test("changes together with its event, and only then", async () => {
    const { states } = house.accounts;
    await states.deactivate(alice.did, { deleteAfterMs: 9 });
    await states.deactivate(alice.did, { deleteAfterMs: 10 });
    const purpose = "deleteAccount";
    const tokenHash = new Uint8Array(32);
    const code = { did: alice.did, purpose, tokenHash } as const;
    house.db.emailTokens.put({ ...code, createdAtMs: 1, expiresAtMs: 2 });
    await states.takeDown(alice.did, "case 1");
    expect(house.db.emailTokens.find(alice.did, purpose)).toBeNull();
    await states.suspend(alice.did);
    await states.restore(alice.did);
    await states.unsuspend(alice.did);
    expect(events().map((event) => "status" in event && event.status)).toEqual([
      "deactivated",
      "takendown",
      "suspended",
      "deactivated",
    ]);
    expect(house.db.accounts.find(alice.did)).toMatchObject({
      deleteAfterMs: 10,
      takedownAtMs: null,
      takedownRef: null,
      suspendedAtMs: null,
    });
  });

  test("of nobody can't be changed", async () => {
    expect(
      await refusal(() =>
        house.accounts.states.deactivate("did:plc:nobody" as Did),
      ),
    ).toBe("403 AccountNotFound");
  });
});

test("a key is reserved once for a DID", () => {
  const { reserveSigningKey } = house.accounts;
  const first = reserveSigningKey({ did: "did:plc:bob" });
  expect(first.signingKey).toStartWith("did:key:zQ3s");
  expect(reserveSigningKey({ did: "did:plc:bob" })).toEqual(first);
  expect(reserveSigningKey({})).not.toEqual(reserveSigningKey({}));
});
