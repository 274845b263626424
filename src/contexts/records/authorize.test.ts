import { describe, expect, test } from "bun:test";
import {
  alice,
  as,
  bob,
  commits,
  create,
  createPlainRecords,
  host,
  owner,
  POST,
  post,
  put,
  useRecords,
} from "./records-fixture.ts";

useRecords();

describe("who may write", () => {
  const refused: [string, () => Promise<unknown>, number, string][] = [
    [
      "nobody",
      () => create(post("x"), {}, { kind: "anonymous" }),
      403,
      "Forbidden",
    ],
    [
      "the operator",
      () => create(post("x"), {}, { kind: "admin" }),
      403,
      "Forbidden",
    ],
    [
      "a service",
      () =>
        create(
          post("x"),
          {},
          { kind: "service", did: alice, aud: "x", lxm: null },
        ),
      403,
      "Forbidden",
    ],
    [
      "a session that may only leave",
      () => create(post("x"), {}, as(alice, "takendown")),
      400,
      "InvalidToken",
    ],
    [
      "another account",
      () => create(post("x"), { repo: bob }),
      403,
      "Forbidden",
    ],
    [
      "another account's handle",
      () => create(post("x"), { repo: "bob.test" }),
      403,
      "Forbidden",
    ],
    [
      "an unknown repository",
      () => create(post("x"), { repo: "nobody.test" }),
      400,
      "InvalidRequest",
    ],
    [
      "no repository",
      () => create(post("x"), { repo: "" }),
      400,
      "InvalidRequest",
    ],
    [
      "a malformed swapCommit",
      () => create(post("x"), { swapCommit: "x" }),
      400,
      "InvalidRequest",
    ],
  ];
  for (const [name, act, status, error] of refused) {
    test(`${name}: ${status} ${error}`, async () => {
      await expect(act()).rejects.toMatchObject({ status, error });
      expect(commits).toBe(0);
    });
  }

  const states: [string, object, number, string][] = [
    ["deactivated", { deactivatedAtMs: 1 }, 401, "AccountDeactivated"],
    [
      "taken down",
      { takedownAtMs: 1, deactivatedAtMs: 1 },
      401,
      "AccountTakedown",
    ],
    ["suspended", { suspendedAtMs: 1 }, 401, "AccountTakedown"],
    ["on its way out", { deletingAtMs: 1 }, 403, "AccountNotFound"],
    ["on its way in", { creationState: "reserved" }, 403, "AccountNotFound"],
  ];
  for (const [name, changes, status, error] of states) {
    test(`an account that is ${name}: ${status} ${error}`, async () => {
      host.accountDb.accounts.update(alice, changes);
      await expect(create(post("x"))).rejects.toMatchObject({ status, error });
      await expect(put(post("x"))).rejects.toMatchObject({ status, error });
    });
  }

  test("permissions see every action and collection of the call", async () => {
    const seen: unknown[] = [];
    const records = createPlainRecords({
      authorize: (_, rights) => {
        seen.push(
          rights.map(({ action, collection }) => `${action} ${collection}`),
        );
        return alice;
      },
    });
    const rkey = "3jzfcijpj2z2a";
    await records.putRecord(
      { repo: alice, collection: POST, rkey, record: post("x") },
      owner,
    );
    await records.applyWrites(
      {
        repo: alice,
        writes: [
          {
            $type: "com.atproto.repo.applyWrites#delete",
            collection: "com.example.a",
            rkey: "x",
          },
          {
            $type: "com.atproto.repo.applyWrites#create",
            collection: "com.example.b",
            value: {},
          },
        ],
      },
      owner,
    );
    expect(seen).toEqual([
      [`create ${POST}`, `update ${POST}`],
      ["delete com.example.a", "create com.example.b"],
    ]);
  });
});
