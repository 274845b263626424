import { connect } from "node:net";

/** A client that sends a request piece by piece. */
export interface SlowRequest {
  /** Sent at once. */
  head: string;
  /** Sent again and again; of a function, what it gives each time. */
  piece?: string | (() => string);
  everyMs?: number;
  /** So often, then never again. */
  times?: number;
}

export interface SlowEnd {
  /** null when the connection was closed without one. */
  status: number | null;
  head: string;
  /** After so long. */
  ms: number;
}

/** Waits for the answer or for the connection to be closed. */
export function sendSlowly(
  port: number,
  { head, piece, everyMs = 1000, times = Infinity }: SlowRequest,
): Promise<SlowEnd> {
  return new Promise((resolve) => {
    const startedMs = performance.now();
    let received = "";
    let left = times;
    const socket = connect(port, "127.0.0.1");
    const end = () => {
      clearInterval(sending);
      socket.destroy();
      const match = /^HTTP\/1\.1 (\d{3})[^]*?\r\n\r\n/.exec(received);
      resolve({
        status: match && Number(match[1]),
        head: match?.[0] ?? "",
        ms: performance.now() - startedMs,
      });
    };
    const sending = setInterval(() => {
      if (piece === undefined || left-- <= 0) return;
      socket.write(typeof piece === "string" ? piece : piece());
    }, everyMs);
    socket.on("connect", () => socket.write(head));
    socket.on("data", (chunk: Buffer) => {
      received += chunk.toString("latin1");
      if (received.includes("\r\n\r\n")) end();
    });
    socket.on("error", end);
    socket.on("close", end);
  });
}
