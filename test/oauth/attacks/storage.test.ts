import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Database } from "bun:sqlite";
import { join } from "node:path";
import {
  type Network,
  startNetwork,
  type TestAccount,
} from "../../support/network.ts";
import { expectRefused, createRawClient } from "../raw-client.ts";

const GET_SESSION = "com.atproto.server.getSession";

let network: Network;
let bob: TestAccount;
beforeAll(async () => {
  network = await startNetwork();
  bob = await network.createAccount("bob");
});
afterAll(() => network.stop());

const newClient = (scope?: string) => createRawClient(network.url, scope);

describe("what is stored", () => {
  test("opens nothing: tokens, codes and cookies are there as hashes only", async () => {
    const client = newClient();
    const { code, person } = await client.askFor(bob);
    const { body } = await client.exchange(code);
    const second = await client.refresh(body.refresh_token);
    const db = new Database(join(network.config.dataFolder, "account.sqlite"), {
      readonly: true,
    });
    const tables = db
      .query<{ name: string }, []>(
        "SELECT name FROM sqlite_master WHERE name LIKE 'oauth_%' AND type = 'table'",
      )
      .all();
    const dump = tables
      .map(({ name }) =>
        JSON.stringify(db.query(`SELECT * FROM ${name}`).all()),
      )
      .join("\n");
    db.close();
    expect(dump).toContain(bob.did);
    const jti = JSON.parse(
      Buffer.from(
        second.body.access_token.split(".")[1],
        "base64url",
      ).toString(),
    ).jti;
    const secrets = [
      code,
      body.refresh_token,
      second.body.refresh_token,
      jti,
      person.cookies.get("tempest-device")!.split(".")[1]!,
    ];
    for (const secret of secrets) {
      expect(secret.length).toBeGreaterThan(20);
      expect(dump).not.toContain(secret);
    }
  });

  test("ends with the password", async () => {
    const client = newClient();
    const carol = await network.createAccount("carol");
    const tokens = await client.signIn(carol);
    await network.call("com.atproto.admin.updateAccountPassword", {
      token: `Basic ${btoa(`admin:admin-password-of-tests`)}`,
      input: { did: carol.did, password: "another-password" },
    });
    expectRefused(
      await client.call(GET_SESSION, tokens.access_token),
      401,
      "invalid_token",
    );
    expectRefused(
      await client.refresh(tokens.refresh_token),
      400,
      "invalid_grant",
    );
  });
});
