import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPerson } from "../oauth/person.ts";
import { ADMIN_PASSWORD, call, createAccount } from "../support/network.ts";
import { findPort } from "../support/ports.ts";
import {
  type ServerChild,
  type ServerOptions,
  startPlc,
  startServer,
} from "../support/process.ts";
import { until } from "../support/until.ts";

const NOTE = "com.example.note";
/** It takes some seconds at the pace of commits. */
const COUNT = 1200;
/** Half of what may be written in one call, so that it is refused nowhere. */
const BATCH = 100;
const PATIENCE_MS = 60_000;

let folder: string;
let plc: ServerChild;
let options: ServerOptions;
let server: ServerChild;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tempest-jobs-"));
  plc = await startPlc(join(folder, "plc.sqlite"));
  options = {
    ...{ port: await findPort(), plcUrl: plc.url },
    ...{ adminPassword: ADMIN_PASSWORD, dataFolder: join(folder, "data") },
  };
  server = await startServer(options);
});
afterAll(async () => {
  await server?.kill();
  await plc?.kill();
  rmSync(folder, { recursive: true, force: true });
});

test("a deletion of many records goes on after a kill, and takes nothing that came later", async () => {
  const { url } = server;
  const owner = await createAccount(url, "alice");
  const { did: repo, accessJwt: token } = owner;
  const write = (keys: readonly string[]) =>
    call(url, "com.atproto.repo.applyWrites", {
      token,
      input: {
        repo,
        writes: keys.map((rkey) => ({
          $type: "com.atproto.repo.applyWrites#create",
          ...{ collection: NOTE, rkey, value: { $type: NOTE } },
        })),
      },
    });
  const keys = Array.from({ length: COUNT }, (_, n) => `a${1000 + n}`);
  for (let at = 0; at < COUNT; at += BATCH) {
    expect((await write(keys.slice(at, at + BATCH))).status).toBe(200);
  }
  const person = createPerson(url);
  const page = await person.open(`${url}/account/sign-in`);
  await person.submit(page, {
    ...{ identifier: owner.handle, password: owner.password },
  });
  const html = '<form method="post" action="/account/repo/delete">';
  const form = { url, html, status: 200, headers: new Headers() };
  await person.submit(form, { c: NOTE, what: "all", typed: NOTE });
  /** How many are gone, by the page. */
  const done = async () => {
    const repoPage = await person.open(`${url}/account/repo`);
    const section = /id="deletion".*?<\/section>/s.exec(repoPage.html)![0];
    expect(section).not.toContain("Given up");
    const count = Number(/([\d,]+) of /.exec(section)![1]!.replace(",", ""));
    return { count, isDone: section.includes(">Done<") };
  };
  const before = await until("some are gone", PATIENCE_MS, async () => {
    const { count } = await done();
    return count;
  });
  await server.kill();
  server = await startServer(options);
  expect((await write(["later"])).status).toBe(200);
  const after = await until("it is done", PATIENCE_MS, async () => {
    const { count, isDone } = await done();
    expect(count).toBeGreaterThanOrEqual(before);
    return isDone ? count : null;
  });
  // What was deleted and not yet noted when the end came is not counted.
  expect(after).toBeGreaterThanOrEqual(COUNT - 50);
  const left = await call(url, "com.atproto.repo.listRecords", {
    params: { repo, collection: NOTE, limit: 100 },
  });
  expect(left.body.records).toEqual([
    expect.objectContaining({ uri: `at://${repo}/${NOTE}/later` }),
  ]);
}, 180_000);
