import { connect, type Socket } from "node:net";

/**
 * Connections that do nothing, or next to nothing, as a program of its own:
 *
 *   bun test/load/crowd.ts PORT
 *
 * Each line of its input is a number: so many connections it then keeps open,
 * opening another for each that is cut. It answers each line once they are.
 */
const port = Number(process.argv[2]);

const TRICKLE_MS = 3000;
/** More at once would be a test of the kernel's queue. */
const OPENING_AT_ONCE = 100;
const PAUSE_MS = 10;

type Kind = (typeof KINDS)[number];
const KINDS = ["silent", "trickle", "kept alive"] as const;

const open = new Set<Socket>();
let wanted = 0;
let opened = 0;

function join(kind: Kind): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const socket = connect(port, "127.0.0.1");
  let trickle: Timer | undefined;
  socket.on("connect", () => {
    open.add(socket);
    opened++;
    resolve();
    if (kind === "silent") return;
    const whole = "GET /xrpc/_health HTTP/1.1\r\nHost: localhost\r\n";
    if (kind === "kept alive") return socket.write(`${whole}\r\n`);
    socket.write(`${whole}X-Slow: `);
    trickle = setInterval(() => socket.write("a"), TRICKLE_MS);
  });
  socket.on("data", () => {});
  socket.on("error", () => {});
  socket.on("close", () => {
    clearInterval(trickle);
    open.delete(socket);
    resolve();
  });
  return promise;
}

async function keep(): Promise<void> {
  for (;;) {
    for (const socket of open) {
      if (open.size <= wanted) break;
      open.delete(socket);
      socket.destroy();
    }
    const missing = Math.min(wanted - open.size, OPENING_AT_ONCE);
    await Promise.all(
      Array.from({ length: Math.max(missing, 0) }, (_, i) =>
        join(KINDS[i % KINDS.length]!),
      ),
    );
    await Bun.sleep(PAUSE_MS);
  }
}

void keep();
for await (const line of console) {
  wanted = Number(line);
  while (wanted === 0 ? open.size > 0 : open.size < wanted * 0.9) {
    await Bun.sleep(PAUSE_MS);
  }
  console.log(JSON.stringify({ open: open.size, opened }));
}
process.exit(0);
