import { afterAll, beforeAll, expect, test } from "bun:test";
import { createFakeClock } from "#lib/clock.ts";
import { type Network, startNetwork } from "../support/network.ts";
import { until } from "../support/until.ts";

const HOUR_MS = 3_600_000;
const clock = createFakeClock(Date.now());

let network: Network;
beforeAll(async () => {
  network = await startNetwork({ deps: { clock } });
});
afterAll(() => network.stop());

const refresh = (token: string) =>
  network.call("com.atproto.server.refreshSession", { token, input: "" });

test("a refresh token that comes back late ends the session, and its owner is told", async () => {
  const { refreshJwt, handle } = await network.createAccount("echo");
  const successor = await refresh(refreshJwt);
  expect(successor.status).toBe(200);
  clock.advance(HOUR_MS);
  const again = await refresh(refreshJwt);
  expect(again.body.refreshJwt).toBe(successor.body.refreshJwt);
  expect(network.mailbox.list()).toEqual([]);

  clock.advance(2 * HOUR_MS);
  const late = await refresh(refreshJwt);
  expect([late.status, late.body.error]).toEqual([400, "ExpiredToken"]);
  const ended = await refresh(successor.body.refreshJwt);
  expect([ended.status, ended.body.error]).toEqual([400, "ExpiredToken"]);

  const letter = await until(
    "a letter",
    30_000,
    () => network.mailbox.list()[0],
  );
  expect(letter).toMatchObject({
    to: "echo@mail.test",
    subject: "A session of your account was ended",
  });
  expect(letter.text).toContain(handle);
  expect(letter.html).toContain(handle);
});
