import { decodeFrame } from "#repo/frame.ts";
import type { HttpClient } from "./http.ts";
import { type BenchAccount, createRecord } from "./account.ts";
import { median, percentile } from "./measure.ts";

export interface Lag {
  p50Ms: number;
  p99Ms: number;
}

const SUBSCRIBE = "/xrpc/com.atproto.sync.subscribeRepos";
const WAIT_MS = 15_000;

/** Milliseconds from the answer of a write until a follower has its event. */
export async function measureLag(
  http: HttpClient,
  url: string,
  options: { accounts: BenchAccount[]; writes: number; pauseMs: number },
): Promise<Lag> {
  const { accounts, writes, pauseMs } = options;
  const answeredAt = new Map<string, number>();
  const arrivedAt = new Map<string, number>();
  const socket = await openStream(url, (bytes) => {
    const now = performance.now();
    const { payload } = decodeFrame(bytes);
    const { repo, ops } = payload as {
      repo?: string;
      ops?: { path: string }[];
    };
    for (const { path } of ops ?? [])
      arrivedAt.set(`at://${repo}/${path}`, now);
  });
  let left = writes;
  await Promise.all(
    accounts.map(async (account) => {
      while (left-- > 0) {
        if (pauseMs > 0) await Bun.sleep(pauseMs);
        const uri = await createRecord(http, account);
        answeredAt.set(uri, performance.now());
      }
    }),
  );
  const deadline = performance.now() + WAIT_MS;
  const isWhole = () => [...answeredAt.keys()].every((k) => arrivedAt.has(k));
  while (!isWhole() && performance.now() < deadline) await Bun.sleep(5);
  socket.close();
  if (!isWhole()) throw new Error("the stream lacks events of answered writes");
  // An event may come before the answer; nobody waits for that one.
  const lags = [...answeredAt].map(([uri, at]) =>
    Math.max(0, arrivedAt.get(uri)! - at),
  );
  return { p50Ms: median(lags), p99Ms: percentile(lags, 0.99) };
}

/** Events a second from the oldest to the newest; `expected` is a lower bound of how many there are. */
export async function measureBackfill(
  url: string,
  expected: number,
): Promise<{ eventsPerSec: number; mbPerSec: number }> {
  let count = 0;
  let sizeBytes = 0;
  let lastMs = 0;
  let lastFrame: Uint8Array | null = null;
  const startedMs = performance.now();
  const socket = await openStream(`${url}?cursor=0`, (bytes) => {
    count++;
    sizeBytes += bytes.length;
    lastMs = performance.now();
    lastFrame = bytes;
  });
  const deadline = startedMs + 4 * WAIT_MS;
  while (performance.now() < deadline) {
    await Bun.sleep(20);
    if (count >= expected && performance.now() - lastMs > 1500) break;
  }
  socket.close();
  if (count < expected) throw new Error(`only ${count} of ${expected} events`);
  decodeFrame(lastFrame!);
  const seconds = (lastMs - startedMs) / 1000;
  return { eventsPerSec: count / seconds, mbPerSec: sizeBytes / 1e6 / seconds };
}

async function openStream(
  url: string,
  onFrame: (bytes: Uint8Array) => void,
): Promise<WebSocket> {
  const [base = "", query] = url.split("?");
  const target = base.replace(/^http/, "ws") + SUBSCRIBE;
  const socket = new WebSocket(query ? `${target}?${query}` : target);
  socket.binaryType = "arraybuffer";
  socket.addEventListener("message", ({ data }) =>
    onFrame(new Uint8Array(data as ArrayBuffer)),
  );
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener("open", () => resolve());
    socket.addEventListener("error", () => reject(new Error("no stream")));
  });
  return socket;
}
