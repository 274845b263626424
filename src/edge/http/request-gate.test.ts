import { describe, expect, test } from "bun:test";
import { createRequestGate, whenRead } from "./request-gate.ts";

test("a gate bounds each network by itself", () => {
  const gate = createRequestGate(2);
  const first = gate.enter("a")!;
  const second = gate.enter("a")!;
  expect(gate.enter("a")).toBeNull();
  expect(gate.enter("b")).not.toBeNull();
  expect(gate.count()).toBe(3);
  first();
  first();
  expect(gate.enter("a")).not.toBeNull();
  expect(gate.enter("a")).toBeNull();
  second();
  expect(gate.enter("a")).not.toBeNull();
});

describe("an answer is over", () => {
  function answer() {
    let ended = 0;
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(new Uint8Array(3));
        if (++pulls === 2) controller.close();
      },
    });
    let pulls = 0;
    const response = whenRead(
      new Response(stream, { status: 203, headers: { "x-a": "b" } }),
      () => ended++,
    );
    return { response, ended: () => ended };
  }

  test("when it was read", async () => {
    const { response, ended } = answer();
    expect(response.status).toBe(203);
    expect(response.headers.get("x-a")).toBe("b");
    expect(ended()).toBe(0);
    expect((await response.arrayBuffer()).byteLength).toBe(6);
    expect(ended()).toBe(1);
  });

  test("when its reader has gone", async () => {
    const { response, ended } = answer();
    await response.body!.cancel();
    expect(ended()).toBe(1);
  });

  test("when it breaks off", async () => {
    let ended = 0;
    const broken = new ReadableStream({
      pull: () => Promise.reject(new Error("disk")),
    });
    const response = whenRead(new Response(broken), () => ended++);
    await expect(response.arrayBuffer()).rejects.toThrow();
    await response.bytes().catch(() => undefined);
    expect(ended).toBe(1);
  });

  test("at once without a body", () => {
    let ended = 0;
    whenRead(new Response(null), () => ended++);
    expect(ended).toBe(1);
  });
});
