import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";

/** A reader of a stream that can leave its bytes in the kernel, as no client library can. */
export interface RawReader {
  /** Reads at most so many bytes of what has come. */
  pull(maxBytes: number): void;
  /** Reads as it comes from now on. */
  flow(): void;
  close(): void;
  readonly opened: Promise<void>;
  readonly closed: Promise<void>;
}

const BINARY = 2;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

export function openRaw(
  port: number,
  path: string,
  onMessage: (bytes: Uint8Array) => void,
): RawReader {
  const opened = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  const socket = connect(port, "127.0.0.1");
  let rest: Buffer = Buffer.alloc(0);
  let isOpen = false;

  function take(chunk: Buffer): void {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    if (!isOpen && !takeHandshake()) return;
    for (;;) {
      const frame = readFrame(rest);
      if (frame === null) return;
      rest = rest.subarray(frame.end);
      if (frame.opcode === BINARY) onMessage(frame.payload);
      else if (frame.opcode === PING) pong(socket, frame.payload);
      else if (frame.opcode === CLOSE) socket.destroy();
    }
  }

  function takeHandshake(): boolean {
    const end = rest.indexOf("\r\n\r\n");
    if (end < 0) return false;
    const line = rest.subarray(0, rest.indexOf("\r\n")).toString();
    if (!line.includes(" 101 ")) {
      opened.reject(new Error(line));
      socket.destroy();
      return false;
    }
    rest = rest.subarray(end + 4);
    isOpen = true;
    socket.pause();
    opened.resolve();
    return true;
  }

  socket.on("data", take);
  socket.on("connect", () => {
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n` +
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
        `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\n\r\n`,
    );
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    opened.reject(new Error("closed before it was open"));
    closed.resolve();
  });
  return {
    opened: opened.promise,
    closed: closed.promise,
    flow: () => void socket.resume(),
    pull(maxBytes) {
      // What is read so is handed over by `data`, too.
      const size = Math.min(maxBytes, socket.readableLength);
      if (size > 0) socket.read(size);
      else socket.read(0);
    },
    close: () => void socket.destroy(),
  };
}

interface Frame {
  opcode: number;
  payload: Uint8Array;
  end: number;
}

/** The first frame, when it is whole; servers neither mask nor, here, divide messages. */
function readFrame(bytes: Buffer): Frame | null {
  if (bytes.length < 2) return null;
  const opcode = bytes[0]! & 0xf;
  let size = bytes[1]! & 0x7f;
  let at = 2;
  if (size === 126) {
    if (bytes.length < 4) return null;
    size = bytes.readUInt16BE(2);
    at = 4;
  } else if (size === 127) {
    if (bytes.length < 10) return null;
    size = Number(bytes.readBigUInt64BE(2));
    at = 10;
  }
  const end = at + size;
  if (bytes.length < end) return null;
  return { opcode, payload: bytes.subarray(at, end), end };
}

function pong(socket: Socket, payload: Uint8Array): void {
  // A mask of zeros leaves the payload as it is.
  const head = Buffer.from([0x80 | PONG, 0x80 | payload.length, 0, 0, 0, 0]);
  socket.write(Buffer.concat([head, payload]));
}
