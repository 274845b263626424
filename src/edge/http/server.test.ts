import { expect, test } from "bun:test";
import { startTestEdge } from "#edge/edge-fixture.ts";

test("stopping lets requests finish and closes streams with 1001", async () => {
  const host = startTestEdge();
  const begun = Promise.withResolvers<void>();
  const end = Promise.withResolvers<object>();
  host.answer = () => {
    begun.resolve();
    return end.promise;
  };
  const slow = host.call("com.atproto.server.getSession", { token: "main" });
  const socket = new WebSocket(
    `${host.origin.replace("http", "ws")}/xrpc/com.atproto.sync.subscribeRepos`,
  );
  await new Promise((resolve) => socket.addEventListener("open", resolve));
  const closed = new Promise<CloseEvent>((resolve) => {
    socket.addEventListener("close", resolve);
  });
  await begun.promise;

  const stopped = host.edge.stop();
  await expect(fetch(`${host.origin}/xrpc/_health`)).rejects.toThrow();
  end.resolve({ did: "did:web:a.test", handle: "a.test" });
  expect((await slow).status).toBe(200);
  expect((await closed).code).toBe(1001);
  await stopped;
  expect(host.closed).toBe(1);
});

test("stopping doesn't wait for ever", async () => {
  const host = startTestEdge();
  const begun = Promise.withResolvers<void>();
  host.answer = () => {
    begun.resolve();
    return new Promise(() => {});
  };
  const slow = host.call("com.atproto.server.getSession", { token: "main" });
  await begun.promise;
  await host.edge.stop(30);
  await expect(slow).rejects.toThrow();
});

test("a port that somebody has is not shared", async () => {
  const first = startTestEdge();
  const { port } = first.edge;
  try {
    expect(() => startTestEdge({ settings: { port } })).toThrow(
      `Port ${port} of 127.0.0.1: another program has it.`,
    );
  } finally {
    await first.edge.stop(0);
  }
});

test("an address that is not this machine's is told, with what to set", () => {
  // Kept for documentation by RFC 5737: nobody has it.
  const settings = { listenHost: "192.0.2.1" };
  expect(() => startTestEdge({ settings })).toThrow(
    expect.objectContaining({
      message: "Port 0 of 192.0.2.1: this machine has no such address.",
      hint: expect.stringContaining("TEMPEST_LISTEN_HOST"),
      exitCode: 69,
    }),
  );
});
