import { expect, test } from "bun:test";
import { listenForStop } from "./lifetime.ts";

const count = () => process.listenerCount("SIGHUP");

test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
  "%s asks to stop",
  async (signal) => {
    const before = count();
    const stop = listenForStop(false);
    process.emit(signal, signal);
    expect(await stop.received).toBe(signal);
    stop.dispose();
    expect(count()).toBe(before);
  },
);

test("a hangup that nohup ignores stays ignored", () => {
  const before = count();
  const stop = listenForStop(true);
  expect(count()).toBe(before);
  stop.dispose();
});
