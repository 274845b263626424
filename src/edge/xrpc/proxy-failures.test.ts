import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { connect, createServer, type Socket } from "node:net";
import { once } from "node:events";
import { chunked, startTestEdge } from "#edge/edge-fixture.ts";

// Services that behave as no HTTP server of a library would.

let connections = 0;
let behave: (socket: Socket, request: string) => void;
const upstream = createServer((socket) => {
  connections++;
  socket.on("error", () => undefined);
  socket.once("data", (data) => behave(socket, data.toString("latin1")));
});
upstream.listen(0, "127.0.0.1");
await once(upstream, "listening");
const { port } = upstream.address() as { port: number };
const service = { url: `http://127.0.0.1:${port}`, did: "did:web:a.test" };
const gone = { url: "http://127.0.0.1:9", did: "did:web:gone.test" };

const host = startTestEdge({
  settings: {
    appView: service,
    modService: gone,
    blobUploadLimitBytes: 300_000,
    proxyHeadersTimeoutMs: 1500,
    proxyBodyTimeoutMs: 1500,
    proxyMaxRetries: 2,
  },
});

afterAll(async () => {
  await host.edge.stop(0);
  upstream.close();
});
beforeEach(() => {
  connections = 0;
});

const QUERY = "com.example.get";
const PROCEDURE = "com.example.put";
const OK = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
const close = "connection: close\r\n";
const read = async (response: Response) => ({
  status: response.status,
  ...((await response.json()) as { error?: string }),
});
const ask = async () => read(await host.call(QUERY, { token: "main" }));
const tell = async (body: BodyInit) =>
  read(await host.call(PROCEDURE, { token: "main", method: "POST", body }));

describe("a connection that fails", () => {
  test("is tried again for a query", async () => {
    behave = (socket) => {
      if (connections < 3) socket.resetAndDestroy();
      else socket.end(`${OK}${close}content-length: 2\r\n\r\n{}`);
    };
    expect(await ask()).toEqual({ status: 200 });
    expect(connections).toBe(3);
  });

  test("is tried as often as the operator says", async () => {
    behave = (socket) => socket.resetAndDestroy();
    expect(await ask()).toMatchObject({
      status: 502,
      error: "UpstreamFailure",
    });
    expect(connections).toBe(3);
  });

  test("is not tried again once the other side may have heard", async () => {
    behave = (socket) => socket.resetAndDestroy();
    expect(await tell("{}")).toMatchObject({
      status: 502,
      error: "UpstreamFailure",
    });
    expect(connections).toBe(1);
  });

  test("of which nothing was heard ends as a failure of the way", async () => {
    for (const json of [undefined, {}]) {
      const init = { token: "main", ...(json && { json }) };
      const nsid = "tools.ozone.server.getConfig";
      const told = await read(
        await host.call(json ? "tools.ozone.x.put" : nsid, init),
      );
      expect(told).toMatchObject({ status: 502, error: "UpstreamFailure" });
    }
  });
});

describe("an answer", () => {
  const odd: [string, string][] = [
    ["that is no HTTP", "hello\r\n\r\n"],
    ["with a status that is none", "HTTP/1.1 999 What\r\n\r\n"],
    ["that ends in its headers", "HTTP/1.1 200 OK\r\nx: y"],
    [
      "with headers that never end",
      `HTTP/1.1 200 OK\r\n${"x: y\r\n".repeat(20_000)}`,
    ],
    [
      "that redirects",
      "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1/\r\ncontent-length: 0\r\n\r\n",
    ],
    [
      "of another protocol",
      "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
    ],
    ["that is nothing", ""],
  ];
  test.each(odd)("%s is a failure of the service", async (_name, text) => {
    behave = (socket) => void socket.end(text);
    const told = await ask();
    expect(told.status).toBeOneOf([502, 504]);
    expect(told.error).toBeOneOf(["UpstreamFailure", "UpstreamTimeout"]);
  });

  test("that breaks off ends the connection", async () => {
    behave = (socket) => void socket.end(`${OK}content-length: 100\r\n\r\n{`);
    const whole = host
      .call(QUERY, { token: "main" })
      .then((response) => response.text());
    await expect(whole).rejects.toThrow();
    await whole.catch(() => undefined);
  });
});

describe("a body that is sent on", () => {
  test("may be refused before it has arrived", async () => {
    behave = (socket) =>
      void socket.end(
        `HTTP/1.1 413 Too large\r\n${close}content-type: application/json\r\ncontent-length: 22\r\n\r\n{"error":"BlobTooBig"}`,
      );
    expect(await tell(chunked("x".repeat(200_000)))).toMatchObject({
      status: 413,
      error: "BlobTooBig",
    });
  });

  test("is not larger than what a file may be here", async () => {
    behave = () => undefined;
    const large = "x".repeat(2_000_000);
    const told = await read(
      await host.call(PROCEDURE, {
        token: "main",
        method: "POST",
        headers: { "content-length": "2000000" },
        body: large,
      }),
    );
    expect(told).toMatchObject({ status: 413, error: "PayloadTooLarge" });
    expect(connections).toBe(0);
    expect(await tell(chunked(large))).toMatchObject({
      status: 413,
      error: "PayloadTooLarge",
    });
  });

  test("is none for a query", async () => {
    let heard = "";
    behave = (_socket, request) => void (heard = request);
    expect(await statusOfGetWithBody()).toBe(400);
    // What is left of the test before may still arrive.
    expect(heard).not.toStartWith("GET");
  });
});

/** The status of a GET with a body, which no fetch would send. */
async function statusOfGetWithBody(): Promise<number> {
  const { hostname, port } = new URL(host.origin);
  const socket = connect(Number(port), hostname);
  socket.write(
    `GET /xrpc/${QUERY} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer main\r\ncontent-length: 2\r\n\r\n{}`,
  );
  const [data] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  return Number(data.toString().split(" ")[1]);
}
