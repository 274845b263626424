import { afterAll, beforeAll, expect, test } from "bun:test";
import {
  ADMIN_PASSWORD,
  type Network,
  startNetwork,
} from "../support/network.ts";

const ADMIN = `Basic ${btoa(`admin:${ADMIN_PASSWORD}`)}`;

let network: Network;
beforeAll(async () => {
  network = await startNetwork();
  for (const name of ["alice", "bob"]) await network.createAccount(name);
});
afterAll(() => network.stop());

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${network.url}${path}`, { headers });

test("numbers and state are for the operator alone", async () => {
  for (const path of ["/metrics", "/xrpc/_admin/status"]) {
    expect((await get(path)).status).toBe(401);
    const wrong = `Basic ${btoa("admin:wrong")}`;
    expect((await get(path, { authorization: wrong })).status).toBe(401);
    expect((await get(path, { authorization: ADMIN })).status).toBe(200);
  }
});

test("the numbers follow what happens", async () => {
  const read = async () => {
    const answer = await get("/metrics", { authorization: ADMIN });
    const text = await answer.text();
    return (name: string) =>
      Number(
        text
          .split("\n")
          .find((line) => line.startsWith(`${name} `))!
          .split(" ")[1],
      );
  };
  const before = await read();
  await network.createAccount("carla");
  const after = await read();
  const rise = (name: string) => after(name) - before(name);
  expect(rise("tempest_sign_ups_total")).toBe(1);
  expect(rise("tempest_repo_commits_total")).toBe(1);
  expect(rise('tempest_firehose_events_total{kind="identity"}')).toBe(1);
  expect(rise('tempest_accounts{status="active"}')).toBe(1);
  expect(
    rise(
      'tempest_http_requests_total{nsid="com.atproto.server.createAccount",status="ok"}',
    ),
  ).toBe(1);
});

test("the state tells of accounts, and of nothing that is secret", async () => {
  const answer = await get("/xrpc/_admin/status", { authorization: ADMIN });
  const text = await answer.text();
  const status = JSON.parse(text);
  expect(status).toMatchObject({
    admin: { passwordConfigured: true },
    registration: "open",
    accountCounts: { active: status.accounts.length },
  });
  expect(status.accounts[0]).toMatchObject({
    handle: "carla.test",
    active: true,
  });
  expect(text).not.toContain(ADMIN_PASSWORD);
  expect(text).not.toContain("@mail.test");
});
