import { expect, test } from "bun:test";
import { createFakeClock } from "#lib/clock.ts";
import { readPieces } from "./body.ts";

/** A request whose body comes in pieces, with time passing before each. */
function slowRequest(
  clock: ReturnType<typeof createFakeClock>,
  pieces: readonly [ms: number, bytes: number][],
): Request {
  const waiting = [...pieces];
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = waiting.shift();
      if (piece === undefined) return controller.close();
      clock.advance(piece[0]);
      controller.enqueue(new Uint8Array(piece[1]));
    },
  });
  return new Request("http://x", { method: "POST", body });
}

async function upload(
  pieces: [number, number][],
  onProgress = () => {},
): Promise<number> {
  const clock = createFakeClock();
  const request = slowRequest(clock, pieces);
  const limits = { maxBytes: 1_000_000, clock, onProgress };
  let sizeBytes = 0;
  for await (const piece of readPieces(request, limits)) {
    sizeBytes += piece.length;
  }
  return sizeBytes;
}

test("a body that trickles is given up", async () => {
  const trickle = Array.from({ length: 40 }, (): [number, number] => [1000, 1]);
  await expect(upload(trickle)).rejects.toMatchObject({
    error: "RequestTimeout",
  });
});

test("a slow one is not, nor one that starts late and then comes", async () => {
  const slow = Array.from({ length: 100 }, (): [number, number] => [
    1000, 2000,
  ]);
  expect(await upload(slow)).toBe(200_000);
  expect(
    await upload([
      [29_000, 1],
      [500, 100_000],
      [30_000, 50_000],
    ]),
  ).toBe(150_001);
});

test("one that comes fast enough says so, for as long as it takes", async () => {
  let told = 0;
  const slow = Array.from({ length: 300 }, (): [number, number] => [
    1000, 2000,
  ]);
  expect(await upload(slow, () => told++)).toBe(600_000);
  expect(told).toBeGreaterThanOrEqual(9);
});

/** A body that never ends, of which 300 bytes are announced. */
function openEnded() {
  const sender = { isTold: false };
  const body = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => controller.enqueue(new Uint8Array(100)),
      cancel: () => void (sender.isTold = true),
    },
    { highWaterMark: 0 },
  );
  const headers = { "content-length": "300" };
  const request = new Request("http://x", { method: "POST", body, headers });
  const limits = { maxBytes: 1000, clock: createFakeClock() };
  return { pieces: readPieces(request, limits), sender };
}

test("one is read as far as was announced", async () => {
  const { pieces, sender } = openEnded();
  const sizes: number[] = [];
  for await (const piece of pieces) sizes.push(piece.length);
  expect(sizes).toEqual([100, 100, 100]);
  expect(sender.isTold).toBe(false);
});

test("a sender is told when its body is not wanted any more", async () => {
  const { pieces, sender } = openEnded();
  for await (const piece of pieces) {
    expect(piece.length).toBe(100);
    break;
  }
  expect(sender.isTold).toBe(true);
});

test("a body above the limit is given up", () => {
  expect(
    upload([
      [0, 600_000],
      [0, 600_000],
    ]),
  ).rejects.toMatchObject({
    error: "PayloadTooLarge",
  });
});
