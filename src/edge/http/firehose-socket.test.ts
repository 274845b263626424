import { connect as connectTcp } from "node:net";
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { decodeFrame } from "#repo/frame.ts";
import { startTestEdge } from "#edge/edge-fixture.ts";

const NSID = "com.atproto.sync.subscribeRepos";
const host = startTestEdge();
afterAll(() => host.edge.stop(0));

let open: WebSocket[] = [];
afterEach(async () => {
  await Promise.all(open.map(disconnect));
  open = [];
  host.sockets = [];
});

function connect(query = "", headers: Record<string, string> = {}) {
  const url = `${host.origin.replace("http", "ws")}/xrpc/${NSID}${query}`;
  const socket = new WebSocket(url, { headers } as never);
  socket.binaryType = "arraybuffer";
  open.push(socket);
  const { promise, resolve, reject } = Promise.withResolvers<WebSocket>();
  socket.addEventListener("open", () => resolve(socket));
  socket.addEventListener("error", () => reject(new Error("refused")));
  return promise;
}

function closing(socket: WebSocket): Promise<{ code: number; reason: string }> {
  if (socket.readyState === WebSocket.CLOSED) {
    return Promise.resolve({ code: 0, reason: "" });
  }
  const { promise, resolve } = Promise.withResolvers<CloseEvent>();
  socket.addEventListener("close", resolve);
  return promise;
}

/** Resolves when the server knows too. */
async function disconnect(socket: WebSocket): Promise<void> {
  if (socket.readyState !== WebSocket.OPEN) return;
  const before = host.closed;
  socket.close();
  await closing(socket);
  while (host.closed === before) await new Promise(setImmediate);
}

const handshake = {
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": btoa("0123456789abcdef"),
};

describe("a handshake is refused", () => {
  // prettier-ignore
  const cases: [about: string, init: { method?: string; query?: string; headers?: Record<string, string> }, status: number, header: [string, string] | null][] = [
    ["with POST", { method: "POST" }, 405, ["allow", "GET"]],
    ["with HEAD", { method: "HEAD" }, 405, ["allow", "GET"]],
    ["without Upgrade", {}, 426, ["upgrade", "websocket"]],
    ["with another Upgrade", { headers: { ...handshake, upgrade: "h2c" } }, 426, null],
    ["without a key", { headers: { connection: "Upgrade", upgrade: "websocket" } }, 400, null],
  ];
  for (const [about, init, status, header] of cases) {
    test(about, async () => {
      const response = await host.call(NSID, init);
      expect(response.status).toBe(status);
      if (header !== null) {
        expect(response.headers.get(header[0])).toBe(header[1]);
      }
      expect(host.sockets).toEqual([]);
    });
  }
});

describe("a cursor that makes no sense is told over the stream:", () => {
  for (const query of [
    "?cursor=now",
    "?cursor=1.5",
    "?cursor=NaN",
    "?cursor=1e3",
    "?cursor=9007199254740992",
    `?cursor=${"1".repeat(500)}`,
    "?cursor=1&cursor=2",
  ]) {
    test(query.slice(0, 30), async () => {
      const socket = await connect(query);
      const told = Promise.withResolvers<ArrayBuffer>();
      socket.addEventListener("message", ({ data }) => told.resolve(data));
      const closed = closing(socket);
      const frame = decodeFrame(new Uint8Array(await told.promise));
      expect(frame).toMatchObject({
        op: -1,
        payload: { error: "InvalidRequest" },
      });
      expect(await closed).toMatchObject({
        code: 1008,
        reason: "InvalidRequest",
      });
      expect(host.sockets).toEqual([]);
    });
  }
});

describe("a stream", () => {
  test("gets its cursor and its address", async () => {
    for (const [query, cursor] of [
      ["", null],
      ["?cursor=", null],
      ["?cursor=0", 0],
      ["?cursor=-1", 0],
      ["?cursor=9007199254740991", Number.MAX_SAFE_INTEGER],
    ] as const) {
      host.sockets = [];
      const socket = await connect(query, { "x-forwarded-for": "203.0.113.9" });
      expect(host.sockets[0]!.options).toEqual({ cursor, ip: "203.0.113.9" });
      await disconnect(socket);
    }
  });

  test("carries bytes, ignores what it is told, and ends as the domain wants", async () => {
    const socket = await connect();
    const { promise, resolve } = Promise.withResolvers<ArrayBuffer>();
    socket.addEventListener("message", ({ data }) => resolve(data));
    socket.send("hello");
    socket.send(Uint8Array.of(1));
    const { socket: server } = host.sockets[0]!;
    expect(server.send(Uint8Array.of(7, 8, 9))).toBe(3);
    expect(new Uint8Array(await promise)).toEqual(Uint8Array.of(7, 8, 9));
    expect(server.bufferedBytes()).toBe(0);
    const before = host.closed;
    const closed = closing(socket);
    server.close(1008, "ConsumerTooSlow");
    expect(await closed).toMatchObject({
      code: 1008,
      reason: "ConsumerTooSlow",
    });
    expect(host.closed).toBe(before + 1);
  });

  test("ends when a reader talks too much", async () => {
    const socket = await connect();
    const closed = closing(socket);
    socket.send(new Uint8Array(20_000));
    expect([1006, 1009]).toContain((await closed).code);
  });

  test("is pinged", async () => {
    const socket = connectTcp(host.edge.port, "127.0.0.1");
    const headers = Object.entries(handshake)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join("");
    const { promise, resolve } = Promise.withResolvers<void>();
    socket.on("data", (data) => {
      const isPing = data.at(-2) === 0x89 && data.at(-1) === 0;
      if (isPing) resolve();
    });
    socket.write(`GET /xrpc/${NSID} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`);
    await promise;
    const before = host.closed;
    socket.destroy();
    while (host.closed === before) await new Promise(setImmediate);
  });

  test("that the domain can't start is closed", async () => {
    const broken = startTestEdge({
      contexts: {
        sync: {
          subscribers: {
            subscribe() {
              throw new Error("no log");
            },
          },
        } as never,
      },
    });
    const url = `${broken.origin.replace("http", "ws")}/xrpc/${NSID}`;
    expect(await closing(new WebSocket(url))).toMatchObject({ code: 1011 });
    await broken.edge.stop(0);
  });
});

test("one address holds a limited number of streams", async () => {
  const here = { "x-forwarded-for": "203.0.113.1" };
  await Promise.all([connect("", here), connect("", here), connect("", here)]);
  const refused = await host.call(NSID, { headers: { ...handshake, ...here } });
  expect(refused.status).toBe(429);
  expect(refused.headers.get("retry-after")).toBe("120");
  const elsewhere = { "x-forwarded-for": "203.0.113.2" };
  await connect("", elsewhere);
  await disconnect(open[0]!);
  await connect("", here);
});
