import { describe, expect, test } from "bun:test";
import { expectRefused, createKeyPair } from "../raw-client.ts";
import {
  alice,
  GET_SESSION,
  network,
  newClient,
  usePeople,
} from "./people-fixture.ts";

usePeople();

describe("a code", () => {
  test("is good once; used again it ends what it was good for", async () => {
    const client = newClient();
    const { code } = await client.askFor(alice);
    const { body } = await client.exchange(code);
    expectRefused(await client.exchange(code), 400, "invalid_grant");
    expectRefused(
      await client.call(GET_SESSION, body.access_token),
      401,
      "invalid_token",
    );
    expectRefused(
      await client.refresh(body.refresh_token),
      400,
      "invalid_grant",
    );
  });

  test("is worth nothing with the wrong verifier, then or later", async () => {
    const client = newClient();
    const { code } = await client.askFor(alice);
    const wrong = { code_verifier: "x".repeat(43) };
    expectRefused(await client.exchange(code, wrong), 400, "invalid_grant");
    expectRefused(await client.exchange(code), 400, "invalid_grant");
  });

  test("is worth nothing without a verifier", async () => {
    const client = newClient();
    const { code } = await client.askFor(alice);
    const answer = await client.exchange(code, { code_verifier: "" });
    expect(answer.status).toBe(400);
  });

  test("outlives requests that are no right ones, which say what is wrong", async () => {
    const client = newClient();
    const { code } = await client.askFor(alice);
    for (const grant_type of ["magic", "password", "client_credentials"]) {
      const answer = await client.exchange(code, { grant_type });
      expectRefused(answer, 400, "unsupported_grant_type");
    }
    const answer = await client.exchange("", {});
    expectRefused(answer, 400, "invalid_request");
    expect(answer.body.error_description).toStartWith("code: ");
    expect((await client.exchange(code)).status).toBe(200);
  });

  test("is bound to the key that asked", async () => {
    const client = newClient();
    const { code } = await client.askFor(alice);
    const answer = await client.exchange(code, {}, { key: createKeyPair() });
    expectRefused(answer, 400, "invalid_grant");
  });

  test("is bound to the place that it was sent to", async () => {
    const client = newClient();
    const { code } = await client.askFor(alice);
    const answer = await client.exchange(code, {
      redirect_uri: "http://127.0.0.1/elsewhere",
    });
    expectRefused(answer, 400, "invalid_grant");
  });

  test("is bound to the application", async () => {
    const client = newClient();
    const { code } = await client.askFor(alice);
    const answer = await client.exchange(
      code,
      {},
      { clientId: "http://localhost?scope=atproto" },
    );
    expectRefused(answer, 400, "invalid_grant");
  });

  test("comes with the name of the server, for applications that know several", async () => {
    const { back } = await newClient().askFor(alice);
    expect(back.searchParams.get("iss")).toBe(network.url);
    expect(back.searchParams.get("state")).toBe("state-of-the-client");
  });

  test("is not given for a challenge that was used", async () => {
    const client = newClient();
    await client.signIn(alice);
    const { code } = await client.askFor(alice);
    expectRefused(await client.exchange(code), 400, "invalid_grant");
  });
});
