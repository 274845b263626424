import { CarReader } from "@ipld/car";
import { formatCid } from "#repo/cid.ts";
import { decodeFrame, type Frame } from "#repo/frame.ts";
import { createRandom } from "../../test/support/random.ts";
import { type Call, send, type Side } from "./side.ts";
import { REPO, SYNC } from "./sections/names.ts";

/**
 * The same writes with the same keys make the same tree on both servers, so
 * that every commit must hold the same blocks but for the commit itself.
 */

const APPLY = `${REPO}.applyWrites`;
const COLLECTION = "com.example.sliced";
const STEPS = 60;
const MOST_WRITES = 8;
const QUIET_MS = 2000;

export async function compareStreams(
  sides: readonly [Side, Side],
): Promise<{ events: number; differences: string[] }> {
  const streams = sides.map(follow);
  await Bun.sleep(QUIET_MS);
  for (const call of makeCalls()) {
    for (const side of sides) await act(side, call(side));
  }
  for (const [method, call] of CLOSING) {
    for (const side of sides) await act(side, { ...call, as: "zoe" }, method);
  }
  await Bun.sleep(QUIET_MS);
  const [ours = [], theirs = []] = await Promise.all(
    streams.map(async (stream) => {
      stream.socket.close();
      return Promise.all(stream.frames.map(describe));
    }),
  );
  const differences = Array.from(
    { length: Math.max(ours.length, theirs.length) },
    (_, at) => [ours[at] ?? "–", theirs[at] ?? "–"] as const,
  ).filter(([a, b]) => a !== b);
  return {
    events: ours.length,
    differences: differences.map(([a, b]) => `events: ${a} | ${b}`),
  };
}

/** After the writes: all that one may do to an account. */
const CLOSING: readonly [method: string, call: Call][] = [
  ["com.atproto.identity.updateHandle", { input: { handle: "zoey.test" } }],
  ["com.atproto.server.deactivateAccount", { input: {} }],
  ["com.atproto.server.activateAccount", { verb: "POST" }],
];

function follow({ peer }: Side) {
  const url = `${peer.url.replace("http", "ws")}/xrpc/${SYNC}.subscribeRepos`;
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  const frames: Frame[] = [];
  socket.onmessage = ({ data }) =>
    void frames.push(decodeFrame(new Uint8Array(data as ArrayBuffer)));
  return { socket, frames };
}

async function act(side: Side, call: Call, method = APPLY): Promise<void> {
  const { status, json } = await send(side, method, call);
  if (status !== 200) {
    throw new Error(`${side.peer.name}: ${status} ${JSON.stringify(json)}`);
  }
}

/** Batches of creations, changes and deletions; no batch names a key twice. */
function* makeCalls(): Generator<(side: Side) => Call> {
  const random = createRandom(7);
  const there = new Set<string>();
  for (let step = 0; step < STEPS; step++) {
    const writes = new Map<string, object>();
    for (let n = random.int(1, MOST_WRITES); n > 0; n--) {
      const rkey = `key${random.int(0, 79)}`;
      if (!writes.has(rkey)) writes.set(rkey, makeWrite(rkey, n));
    }
    const list = [...writes.values()];
    yield ({ accounts }) => ({
      as: "zoe",
      input: { repo: accounts.zoe!.did, writes: list },
    });

    function makeWrite(rkey: string, n: number): object {
      const value = { step, n };
      const target = { collection: COLLECTION, rkey };
      if (!there.has(rkey)) {
        there.add(rkey);
        return { $type: `${APPLY}#create`, ...target, value };
      }
      if (random.next() < 0.5) {
        return { $type: `${APPLY}#update`, ...target, value };
      }
      there.delete(rkey);
      return { $type: `${APPLY}#delete`, ...target };
    }
  }
}

/** All of an event that does not depend on who sends it. */
async function describe({ t, payload }: Frame): Promise<string> {
  switch (t) {
    case "#commit": {
      const car = await CarReader.fromBytes(payload.blocks);
      const commit = formatCid(payload.commit);
      const blocks = (
        await Array.fromAsync(car.blocks(), ({ cid }) => String(cid))
      )
        .filter((cid) => cid !== commit)
        .toSorted();
      const ops = payload.ops.map(({ action, path, cid, prev }) =>
        [action, path, ...[cid, prev].map((one) => one && formatCid(one))].join(
          " ",
        ),
      );
      const prevData = payload.prevData && formatCid(payload.prevData);
      const { rebase, tooBig, blobs } = payload;
      const whole = { ops: ops.toSorted(), blocks, prevData };
      const hash = Bun.hash.crc32(JSON.stringify(whole)).toString(16);
      const deprecated = JSON.stringify({ rebase, tooBig, blobs });
      return `#commit of ${ops.length} ${hash} ${deprecated}`;
    }
    case "#account":
      return `#account ${payload.active} ${payload.status ?? ""}`;
    case "#identity":
      return `#identity ${payload.handle ?? ""}`;
    default:
      return t ?? "error";
  }
}
