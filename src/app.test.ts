import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger } from "#lib/log.ts";
import { createApp } from "./app.ts";
import { loadConfig, type Config } from "./config.ts";

const LOOPBACK = { hostname: "127.0.0.1", port: 0, reusePort: false };

let folder: string;
let config: Config;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tempest-app-"));
  const flags = {
    TEMPEST_DATA_DIR: join(folder, "data"),
    TEMPEST_PORT: "0",
    // Nobody answers there, and nothing is asked.
    TEMPEST_DID_PLC_URL: "http://127.0.0.1:1",
  };
  config = loadConfig({ mode: "dev", env: {}, flags }).config;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("stops once, however often it is told to", async () => {
  const app = await createApp(config);
  const { url, isEmpty } = await app.start();
  expect(isEmpty).toBe(true);
  expect((await fetch(`${url}/xrpc/_health`)).status).toBe(200);
  await Promise.all([app.stop(), app.stop()]);
  await app.stop();
  await expect(fetch(`${url}/xrpc/_health`)).rejects.toThrow();
});

test("stops without having started, and leaves the folder to the next", async () => {
  await (await createApp(config)).stop();
  const next = await createApp(config);
  await next.start();
  await next.stop();
});

test("a folder that is served under another name is told of, once", async () => {
  const warnings = async (publicUrl: string, port = 0) => {
    const lines: string[] = [];
    const write = (line: string) => void lines.push(line);
    const log = createLogger({ level: "warn", write });
    const app = await createApp({ ...config, publicUrl, port }, { log });
    await app.start().finally(app.stop);
    return lines.filter((line) => line.includes("served as"));
  };
  expect(await warnings("https://one.test")).toEqual([]);
  expect(await warnings("https://one.test")).toEqual([]);
  const [line, ...rest] = await warnings("https://two.test");
  expect(line).toContain("served as https://one.test the last time");
  expect(line).toContain("https://two.test");
  expect(rest).toEqual([]);
  expect(await warnings("https://two.test")).toEqual([]);
  // A start that comes to nothing is none.
  using other = Bun.serve({ ...LOOPBACK, fetch: () => new Response() });
  const failed = warnings("https://three.test", other.port);
  await expect(failed).rejects.toThrow("another program has it");
  expect(await warnings("https://two.test")).toEqual([]);
});
