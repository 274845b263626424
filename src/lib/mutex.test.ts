import { describe, expect, test } from "bun:test";
import { XrpcError } from "./errors.ts";
import { createKeyedMutex } from "./mutex.ts";

function gate(): { open: () => void; opened: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { open: resolve, opened: promise };
}

describe("a keyed mutex", () => {
  test("runs calls of one key one at a time, in order of arrival", async () => {
    const mutex = createKeyedMutex({ maxWaitMs: 1000 });
    const order: string[] = [];
    const first = gate();
    const runs = [1, 2, 3].map((n) =>
      mutex.run("a", async () => {
        order.push(`start ${n}`);
        if (n === 1) await first.opened;
        order.push(`end ${n}`);
        return n;
      }),
    );
    expect(mutex.waiting()).toBe(2);
    first.open();
    expect(await Promise.all(runs)).toEqual([1, 2, 3]);
    expect(order).toEqual([
      "start 1",
      "end 1",
      "start 2",
      "end 2",
      "start 3",
      "end 3",
    ]);
    expect(mutex.waiting()).toBe(0);
  });

  test("does not let one key wait for another", async () => {
    const mutex = createKeyedMutex({ maxWaitMs: 1000 });
    const held = gate();
    const slow = mutex.run("a", () => held.opened);
    expect(await mutex.run("b", () => "free")).toBe("free");
    held.open();
    await slow;
  });

  test("passes the key on when a call throws", async () => {
    const mutex = createKeyedMutex({ maxWaitMs: 1000 });
    const failed = mutex.run("a", () => {
      throw new Error("no");
    });
    const next = mutex.run("a", () => "next");
    await expect(failed).rejects.toThrow("no");
    expect(await next).toBe("next");
    expect(await mutex.run("a", () => "again")).toBe("again");
  });

  test("refuses a call that waited too long, and never runs it", async () => {
    const mutex = createKeyedMutex({ maxWaitMs: 5 });
    const held = gate();
    const slow = mutex.run("a", () => held.opened);
    let ran = false;
    const late = await mutex
      .run("a", () => {
        ran = true;
      })
      .catch((error: unknown) => error);
    expect(late).toBeInstanceOf(XrpcError);
    expect((late as XrpcError).error).toBe("ServiceUnavailable");
    expect((late as XrpcError).headers["Retry-After"]).toBe("1");
    held.open();
    await slow;
    expect(await mutex.run("a", () => "after")).toBe("after");
    expect(ran).toBe(false);
    expect(mutex.waiting()).toBe(0);
  });

  test("refuses at once beyond the bound on waiting calls", async () => {
    const mutex = createKeyedMutex({ maxWaitMs: 1000, maxQueued: 1 });
    const held = gate();
    const slow = mutex.run("a", () => held.opened);
    const second = mutex.run("a", () => "second");
    await expect(mutex.run("a", () => "third")).rejects.toThrow(XrpcError);
    held.open();
    await slow;
    expect(await second).toBe("second");
  });
});
