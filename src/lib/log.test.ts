import { expect, test } from "bun:test";
import { createFakeClock } from "./clock.ts";
import { createLogger, type LoggerOptions } from "./log.ts";

function capture(options: Partial<LoggerOptions> = {}) {
  const lines: string[] = [];
  const log = createLogger({
    level: "debug",
    clock: createFakeClock(0),
    write: (line) => lines.push(line),
    ...options,
  });
  return { log, lines };
}

test("a line is one JSON object with time, level, event and fields", () => {
  const { log, lines } = capture();
  log.child({ did: "did:plc:abc" }).info("commit", { ops: 2 });
  expect(lines).toHaveLength(1);
  expect(lines[0]!.endsWith("}\n")).toBe(true);
  expect(JSON.parse(lines[0]!)).toEqual({
    did: "did:plc:abc",
    ops: 2,
    time: "1970-01-01T00:00:00.000Z",
    level: "info",
    event: "commit",
  });
});

test("levels below the threshold write nothing", () => {
  const { log, lines } = capture({ level: "warn" });
  log.debug("a");
  log.info("b");
  log.warn("c");
  log.error("d");
  expect(lines.map((line) => JSON.parse(line).event)).toEqual(["c", "d"]);
});

test.each([
  "password",
  "adminPassword",
  "jwtSecret",
  "accessToken",
  "refreshJwt",
  "authorization",
  "plcRotationKey",
  "privateKeyHex",
  "Cookie",
])("the field %s is never written, at any depth", (name) => {
  const { log, lines } = capture();
  log.info("x", { [name]: "s3cret", inner: { list: [{ [name]: "s3cret" }] } });
  expect(lines[0]).not.toContain("s3cret");
  expect(lines[0]).toContain("[redacted]");
});

test("errors keep name, message, stack and cause", () => {
  const { log, lines } = capture();
  log.error("failed", {
    error: new TypeError("outer", { cause: new Error("inner") }),
  });
  const { error } = JSON.parse(lines[0]!);
  expect(error).toMatchObject({ name: "TypeError", message: "outer" });
  expect(error.stack).toContain("log.test.ts");
  expect(error.cause.message).toBe("inner");
});

test("cycles, bytes, big integers and long text stay harmless", () => {
  const { log, lines } = capture();
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  log.info("odd", {
    cycle,
    bytes: new Uint8Array(3),
    big: 2n ** 64n,
    long: "x".repeat(10_000),
  });
  const line = JSON.parse(lines[0]!);
  expect(line.bytes).toBe("[3 bytes]");
  expect(line.big).toBe("18446744073709551616");
  expect(line.long.length).toBeLessThan(2100);
});

test("a field cannot forge another line or replace the event", () => {
  const { log, lines } = capture();
  log.info("real", { event: "forged", text: "a\nb" });
  expect(lines[0]!.split("\n")).toHaveLength(2);
  expect(JSON.parse(lines[0]!).event).toBe("real");
});

test("text format is one readable line", () => {
  const { log, lines } = capture({ format: "text" });
  log.warn("disk low", { freeBytes: 12, path: "/a b" });
  expect(lines).toEqual(['00:00:00 warn  disk low freeBytes=12 path="/a b"\n']);
});
