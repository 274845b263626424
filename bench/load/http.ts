import type { Socket } from "bun";

/**
 * A client of HTTP/1.1 for measuring: kept-open connections, one request at a
 * time on each, and as little work as it takes, because it shares the machine
 * with the server that it measures. It knows loopback addresses only.
 */
export interface HttpClient {
  /** Never rejects for a status. @throws Error when the connection breaks or nothing comes for a minute. */
  send(request: HttpRequest): Promise<HttpAnswer>;
  close(): void;
}

export interface HttpRequest {
  method?: "GET" | "POST";
  /** With its query. */
  path: string;
  token?: string;
  contentType?: string;
  body?: Uint8Array | string;
}

export interface HttpAnswer {
  status: number;
  body: Buffer;
}

interface Connection {
  socket: Socket;
  parser: Parser | null;
  resolve(answer: HttpAnswer): void;
  reject(error: Error): void;
  /** What the kernel would not take yet. */
  unsent: Uint8Array;
}

const ANSWER_TIMEOUT_MS = 60_000;
const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);
const NOTHING = new Uint8Array(0);

export function createHttpClient(baseUrl: string): HttpClient {
  const { hostname, port, host } = new URL(baseUrl);
  if (!LOOPBACK.has(hostname)) throw new Error("only servers on this machine");
  const idle: Connection[] = [];
  const all = new Set<Connection>();

  async function open(): Promise<Connection> {
    const connection: Connection = {
      socket: undefined as unknown as Socket,
      parser: null,
      resolve: () => undefined,
      reject: () => undefined,
      unsent: NOTHING,
    };
    const fail = (error?: Error) => {
      all.delete(connection);
      const at = idle.indexOf(connection);
      if (at >= 0) idle.splice(at, 1);
      connection.reject(error ?? new Error("the connection was closed"));
    };
    connection.socket = await Bun.connect({
      hostname: hostname === "localhost" ? "127.0.0.1" : hostname,
      port: Number(port),
      socket: {
        data(_socket, bytes) {
          const answer = connection.parser?.take(bytes) ?? null;
          if (answer === null) return;
          connection.parser = null;
          connection.resolve(answer);
        },
        drain: () => write(connection, connection.unsent),
        close: () => fail(),
        error: (_socket, error) => fail(error),
      },
    });
    all.add(connection);
    return connection;
  }

  return {
    async send(request) {
      const connection = idle.pop() ?? (await open());
      const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
      const timer = setTimeout(() => {
        connection.socket.terminate();
        reject(new Error(`no answer to ${request.path}`));
      }, ANSWER_TIMEOUT_MS);
      connection.parser = createParser();
      connection.resolve = resolve;
      connection.reject = reject;
      write(connection, encode(host, request));
      try {
        const answer = await promise;
        idle.push(connection);
        return answer;
      } finally {
        clearTimeout(timer);
      }
    },
    close() {
      for (const { socket } of all) socket.end();
    },
  };
}

function write(connection: Connection, bytes: Uint8Array): void {
  const sent = bytes.length === 0 ? 0 : connection.socket.write(bytes);
  connection.unsent = bytes.subarray(Math.max(0, sent));
}

function encode(host: string, request: HttpRequest): Uint8Array {
  const { method = "GET", path, token, contentType, body } = request;
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  let head = `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n`;
  if (token !== undefined) head += `Authorization: Bearer ${token}\r\n`;
  if (contentType !== undefined) head += `Content-Type: ${contentType}\r\n`;
  if (bytes !== undefined) head += `Content-Length: ${bytes.length}\r\n`;
  const encoded = Buffer.from(`${head}\r\n`);
  return bytes === undefined ? encoded : Buffer.concat([encoded, bytes]);
}

interface Parser {
  /** The answer once it is whole. */
  take(bytes: Uint8Array): HttpAnswer | null;
}

const HEAD_END = Buffer.from("\r\n\r\n");

/** Takes an answer apart as it comes, with a length or in chunks. */
function createParser(): Parser {
  let pending: Buffer = Buffer.alloc(0);
  let status = 0;
  /** Bytes left of the body or chunk; null while the head is awaited. */
  let left: number | null = null;
  let isChunked = false;
  const parts: Buffer[] = [];

  function readHead(): boolean {
    const end = pending.indexOf(HEAD_END);
    if (end < 0) return false;
    const head = pending.toString("latin1", 0, end);
    status = Number(head.slice(9, 12));
    isChunked = /\r\ntransfer-encoding: *chunked/i.test(head);
    left = isChunked
      ? 0
      : Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1]);
    if (Number.isNaN(left)) throw new Error("an answer without a length");
    pending = pending.subarray(end + HEAD_END.length);
    return true;
  }

  /** Null when more must come, false at the last chunk. */
  function readChunkHead(): boolean | null {
    // Each chunk but the first follows the line end of the one before.
    const from = parts.length > 0 ? 2 : 0;
    const end = pending.indexOf("\r\n", from);
    if (end < 0) return null;
    const size = Number.parseInt(pending.toString("latin1", from, end), 16);
    if (size === 0) return pending.length < end + 4 ? null : false;
    left = size;
    pending = pending.subarray(end + 2);
    return true;
  }

  function takeBody(): boolean {
    const part = pending.subarray(0, left!);
    if (part.length > 0) parts.push(Buffer.from(part));
    left! -= part.length;
    pending = pending.subarray(part.length);
    return left === 0;
  }

  return {
    take(bytes) {
      pending =
        pending.length === 0
          ? Buffer.from(bytes)
          : Buffer.concat([pending, bytes]);
      if (left === null && !readHead()) return null;
      for (;;) {
        if (isChunked && left === 0) {
          const next = readChunkHead();
          if (next === null) return null;
          if (!next) break;
        }
        if (!takeBody()) return null;
        if (!isChunked) break;
      }
      const body = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
      return { status, body };
    },
  };
}
