import { afterAll, beforeAll, expect, test } from "bun:test";
import { createFakeClock } from "#lib/clock.ts";
import { type Network, startNetwork } from "../../support/network.ts";

/** Forms that guess, each with how often a minute allows it from one address. */
const FORMS: readonly [path: string, times: number, form: object][] = [
  ["/account/sign-up", 10, { handle: "x", email: "x", password: "x" }],
  ["/account/reset-password", 10, { code: "AAAAA-AAAAA", password: "x" }],
  ["/account/reset-password/send", 15, { email: "nobody@mail.test" }],
  ["/account/verify-email", 10, { code: "AAAAA-AAAAA" }],
];
const PAGES: readonly string[] = [
  ...["/account/sign-up", "/account/sign-up/puzzle", "/account/recover"],
  ...["/account/reset-password", "/account/verify-email"],
  ...["/account/sign-in", "/invite/guess"],
];
const A_MINUTE = 60;

let network: Network;
beforeAll(async () => {
  network = await startNetwork({
    settings: { TEMPEST_RATE_LIMITS_ENABLED: "true" },
    // However long the requests take, it is the same minute.
    deps: { clock: createFakeClock(Date.now()) },
  });
});
afterAll(() => network?.stop());

let lastAddress = 0;
/** Somebody whom nothing was counted of yet. */
const newAddress = () => `203.0.113.${++lastAddress}`;

async function countUntilLimited(
  most: number,
  call: (headers: Record<string, string>) => Promise<Response>,
): Promise<{ passed: number; limited: Response }> {
  const headers = { "x-forwarded-for": newAddress() };
  for (let passed = 0; passed <= most; passed++) {
    const response = await call(headers);
    if (response.status === 429) return { passed, limited: response };
    await response.arrayBuffer();
  }
  throw new Error(`not limited after ${most}`);
}

for (const [path, times, form] of FORMS) {
  test(`${path} is sent ${times} times and no more`, async () => {
    const { passed, limited } = await countUntilLimited(times, (headers) =>
      fetch(network.url + path, {
        method: "POST",
        headers: { ...headers, origin: network.url },
        body: new URLSearchParams({ ...form }),
        redirect: "manual",
      }),
    );
    expect(passed).toBe(times);
    expect(Number(limited.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await limited.text()).toContain("too often in a short time");
  });
}

for (const path of PAGES) {
  test(`${path} is looked at ${A_MINUTE} times a minute and no more`, async () => {
    const { passed } = await countUntilLimited(A_MINUTE, (headers) =>
      fetch(network.url + path, { headers }),
    );
    expect(passed).toBe(A_MINUTE);
  });
}

test("a language can't be chosen without end, nor from another site", async () => {
  const choose = (headers: Record<string, string>) =>
    fetch(`${network.url}/language?return_to=//evil.test`, {
      ...{ method: "POST", redirect: "manual" },
      headers,
      body: new URLSearchParams({ language: "de" }),
    });
  const ours = await choose({ origin: network.url });
  expect(ours.headers.get("location")).toBe("/");
  expect((await choose({ origin: "https://evil.test" })).status).toBe(403);
  const { passed } = await countUntilLimited(A_MINUTE, (headers) =>
    choose({ ...headers, origin: network.url }),
  );
  expect(passed).toBe(A_MINUTE);
});
