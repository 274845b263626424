import { cidOfCbor, formatCid } from "#repo/cid.ts";
import { encodeDrisl, type LexMap } from "#repo/drisl.ts";
import { carOf, makeForeignRepo, makePosts } from "../support/foreign-repo.ts";
import {
  arrive,
  createMover,
  importCar,
  pointHere,
  type Host,
} from "../support/mover.ts";
import { call, type Answer } from "../support/network.ts";
import type { Random } from "../support/random.ts";
import { get } from "../support/readback.ts";
import type { History } from "./history.ts";
import type { Make, Worker } from "./load.ts";

/** Somebody who has arrived, brings repositories, rests and comes back. */
export interface MoverAtWork {
  work: Worker;
  /** Makes the account active. */
  wake: Worker;
}

const MOST_POSTS = 40;

export async function settleMover(options: {
  url: string;
  plcUrl: string;
  random: Random;
  history: History;
  make: Make;
}): Promise<MoverAtWork> {
  const { url, plcUrl, random, history, make } = options;
  const server = await get(url, "com.atproto.server.describeServer", {});
  const host: Host = {
    plcUrl,
    config: { serviceDid: server.did },
    call: (nsid, input) => call(url, nsid, input),
  };
  const mover = await createMover(host);
  const { did } = mover;
  const { accessJwt: token } = await history.make(
    { kind: "active", did, isActive: false },
    () => arrive(host, mover, "mover"),
  );
  await pointHere(host, mover, token);
  let isActive = false;
  let count = 0;

  function importPosts(): Promise<boolean> {
    const page: [string, LexMap] = [
      "com.example.page/self",
      { count: count++ },
    ];
    const posts = [...makePosts(random.int(1, MOST_POSTS)), page];
    const car = carOf(makeForeignRepo({ ...mover, records: posts }));
    const records = new Map(
      posts.map(([path, record]) => [path, cidOf(record as LexMap)]),
    );
    return make({ kind: "import", did, records }, () =>
      importCar(host, token, car),
    );
  }

  function turn(at: string, value: boolean): Promise<boolean> {
    return make(
      { kind: "active", did, isActive: value },
      () => setActive(at, token, value),
      () => (isActive = value),
    );
  }

  return {
    work: (at) => (random.next() < 0.4 ? importPosts() : turn(at, !isActive)),
    wake: (at) => turn(at, true),
  };
}

async function setActive(
  url: string,
  token: string,
  value: boolean,
): Promise<Answer<unknown>> {
  const nsid = `com.atproto.server.${value ? "" : "de"}activateAccount`;
  if (!value) return call(url, nsid, { token, input: {} });
  // It takes no input, and no content type either.
  const response = await fetch(`${url}/xrpc/${nsid}`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
  });
  const { status, headers } = response;
  return { status, headers, body: await response.text() };
}

const cidOf = (record: LexMap) => formatCid(cidOfCbor(encodeDrisl(record)));
