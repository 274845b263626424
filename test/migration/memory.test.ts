import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { carOf, makeForeignRepo, makePosts } from "../support/foreign-repo.ts";
import { arrive, createMover, importCar, type Host } from "../support/mover.ts";
import { call } from "../support/network.ts";
import { findPort } from "../support/ports.ts";
import { startPlc, startServer, type ServerChild } from "../support/process.ts";
import { sizeOf } from "../support/sizes.ts";

/** A large repository must not need large memory: the server is a process of its own here, and is weighed. */
const MOST_MORE_MIB = 150;
const TIMEOUT_MS = 30 * 60_000;
const records = sizeOf("importRecords");

let folder: string;
let plc: ServerChild;
let server: ServerChild;
let host: Host;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tempest-import-"));
  plc = await startPlc(join(folder, "plc.sqlite"));
  server = await startServer({
    dataFolder: join(folder, "data"),
    port: await findPort(),
    plcUrl: plc.url,
    adminPassword: "admin",
  });
  host = {
    call: (nsid, options) => call(server.url, nsid, options),
    plcUrl: plc.url,
    config: { serviceDid: "did:web:localhost" },
  };
});
afterAll(async () => {
  await server.stop();
  await plc.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A line of /proc/<pid>/status, in MiB. */
function memoryMib(name: "VmRSS" | "VmHWM"): number {
  const text = readFileSync(`/proc/${server.pid}/status`, "utf8");
  const [, kib] = new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)!;
  return Number(kib) / 1024;
}

async function importRecords(name: string, count: number): Promise<string> {
  const mover = await createMover(host);
  const { accessJwt: token } = await arrive(host, mover, name);
  const repo = makeForeignRepo({ ...mover, records: makePosts(count) });
  const answer = await importCar(host, token, carOf(repo));
  expect([answer.status, answer.body.error]).toEqual([200, undefined]);
  return token;
}

test.skipIf(process.platform !== "linux")(
  `an account of ${records} records comes in within ${MOST_MORE_MIB} MiB`,
  async () => {
    // Code and caches are there before the first large import.
    await importRecords("small", 200);
    const beforeMib = memoryMib("VmRSS");
    // Makes the peak start anew. @see man 5 proc_pid_clear_refs
    writeFileSync(`/proc/${server.pid}/clear_refs`, "5");
    const startedMs = performance.now();
    const token = await importRecords("large", records);
    const seconds = (performance.now() - startedMs) / 1000;
    const moreMib = memoryMib("VmHWM") - beforeMib;
    console.info(
      `${records} records: ${moreMib.toFixed(0)} MiB more at the most, ${seconds.toFixed(1)} s`,
    );
    expect(moreMib).toBeLessThan(MOST_MORE_MIB);
    const { body } = await host.call("com.atproto.server.checkAccountStatus", {
      token,
    });
    expect(body.indexedRecords).toBe(records);
  },
  TIMEOUT_MS,
);
