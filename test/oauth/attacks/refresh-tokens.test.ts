import { describe, expect, test } from "bun:test";
import { expectRefused, createKeyPair } from "../raw-client.ts";
import { alice, GET_SESSION, newClient, usePeople } from "./people-fixture.ts";

usePeople();

describe("a refresh token", () => {
  test("gives the same answer again to who holds the key, until that is used", async () => {
    const client = newClient();
    const first = await client.signIn(alice);
    const second = await client.refresh(first.refresh_token);
    const again = await client.refresh(first.refresh_token);
    expect(again.status).toBe(200);
    expect(again.body.refresh_token).toBe(second.body.refresh_token);
    expect(
      (await client.call(GET_SESSION, second.body.access_token)).status,
    ).toBe(200);
    expectRefused(
      await client.refresh(first.refresh_token),
      400,
      "invalid_grant",
    );
    expectRefused(
      await client.call(GET_SESSION, second.body.access_token),
      401,
      "invalid_token",
    );
  });

  test("gives one answer to many that come at once", async () => {
    const client = newClient();
    const { refresh_token: token } = await client.signIn(alice);
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => client.refresh(token)),
    );
    const tokens = answers.map(({ body }) => body.refresh_token);
    expect(new Set(tokens).size).toBe(1);
    expect(tokens[0]).toStartWith("ref-");
  });

  test("is refused with another key, and nobody is signed out", async () => {
    const client = newClient();
    const first = await client.signIn(alice);
    const thief = { key: createKeyPair() };
    expectRefused(
      await client.refresh(first.refresh_token, thief),
      400,
      "invalid_grant",
    );
    const second = await client.refresh(first.refresh_token);
    expect(second.status).toBe(200);
    expectRefused(
      await client.refresh(first.refresh_token, thief),
      400,
      "invalid_grant",
    );
    expect(
      (await client.call(GET_SESSION, second.body.access_token)).status,
    ).toBe(200);
  });

  test("is refused to another application", async () => {
    const client = newClient();
    const { refresh_token: token } = await client.signIn(alice);
    const other = { clientId: "http://localhost?scope=atproto" };
    expectRefused(await client.refresh(token, other), 400, "invalid_grant");
    expect((await client.refresh(token)).status).toBe(200);
  });

  test("that is two generations old ends everything", async () => {
    const client = newClient();
    const first = await client.signIn(alice);
    const second = await client.refresh(first.refresh_token);
    const third = await client.refresh(second.body.refresh_token);
    expect(third.status).toBe(200);
    expectRefused(
      await client.refresh(first.refresh_token),
      400,
      "invalid_grant",
    );
    expectRefused(
      await client.refresh(third.body.refresh_token),
      400,
      "invalid_grant",
    );
  });
});
