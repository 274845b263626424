import { afterAll, beforeAll, expect, test } from "bun:test";
import { runRelayReader } from "../followers/relay-reader.ts";
import { lastSeqOf } from "../support/events.ts";
import { carOf, makeForeignRepo, makePosts } from "../support/foreign-repo.ts";
import { arrive, createMover, importCar, pointHere } from "../support/mover.ts";
import {
  ADMIN_PASSWORD,
  startNetwork,
  type Network,
  type TestAccount,
} from "../support/network.ts";
import { findTool } from "../../scripts/tools.ts";

/** Everything that an account's life puts into the stream, read with the checks of indigo's relay. */
const relaycheck = findTool("relaycheck");
const name =
  relaycheck === null
    ? "a strict relay takes every event (relaycheck is not built)"
    : "a strict relay takes every event";

let network: Network;
beforeAll(async () => {
  network = await startNetwork();
});
afterAll(() => network.stop());

async function post(nsid: string, token: string, input: unknown = "") {
  const { status, body } = await network.call(nsid, {
    ...{ token, input },
    headers: { "content-type": input === "" ? "" : "application/json" },
  });
  expect([nsid, status, body.message]).toEqual([nsid, 200, undefined]);
}

const write = ({ did, accessJwt }: TestAccount) =>
  post("com.atproto.repo.createRecord", accessJwt, {
    repo: did,
    collection: "com.example.thing",
    record: { at: new Date().toISOString() },
  });

/** Goes away and comes back. */
async function rest({ accessJwt }: TestAccount): Promise<void> {
  await post("com.atproto.server.deactivateAccount", accessJwt, {});
  await activate(accessJwt);
}

async function activate(token: string): Promise<void> {
  const url = `${network.url}/xrpc/com.atproto.server.activateAccount`;
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(url, { method: "POST", headers });
  expect([response.status, await response.text()]).toEqual([200, ""]);
}

async function ownExport({ did }: TestAccount): Promise<Uint8Array> {
  const params = { did };
  return (await network.call("com.atproto.sync.getRepo", { params })).body;
}

test.skipIf(relaycheck === null && !process.env.CI)(name, async () => {
  const stayer = await network.createAccount("stayer");
  for (let i = 0; i < 3; i++) {
    await write(stayer);
    await rest(stayer);
    await write(stayer);
  }

  // Twice what it was before, while it is active.
  const undone = await network.createAccount("undone");
  const empty = await ownExport(undone);
  await write(undone);
  const one = await ownExport(undone);
  await write(undone);
  for (const car of [one, empty]) {
    const { status } = await importCar(network, undone.accessJwt, car);
    expect(status).toBe(200);
    await write(undone);
    await rest(undone);
  }

  const mover = await createMover(network);
  const moved = await arrive(network, mover, "moved");
  const repo = makeForeignRepo({ ...mover, records: makePosts(40) });
  await importCar(network, moved.accessJwt, carOf(repo));
  await pointHere(network, mover, moved.accessJwt);
  await activate(moved.accessJwt);
  await write(moved);
  await rest(moved);
  await write(moved);

  // One that brings nothing: all that there is to show is made here.
  const bare = await createMover(network);
  const fresh = await arrive(network, bare, "fresh");
  await pointHere(network, bare, fresh.accessJwt);
  await activate(fresh.accessJwt);
  await write(fresh);

  const leaver = await network.createAccount("leaver");
  await write(leaver);
  const admin = Buffer.from(`admin:${ADMIN_PASSWORD}`).toString("base64");
  await post("com.atproto.admin.deleteAccount", `Basic ${admin}`, {
    did: leaver.did,
  });
  await write(stayer);

  const report = await runRelayReader(relaycheck!, {
    url: network.url,
    plcUrl: network.plcUrl,
    untilSeq: lastSeqOf(network),
  });
  expect(report.failures).toEqual([]);
  const heads = [stayer, undone, moved, fresh].map(async ({ did }) => {
    const { body } = await network.call("com.atproto.sync.getLatestCommit", {
      params: { did },
    });
    return [did, body.rev];
  });
  const theirs = Object.entries(report.repos).map(([did, { rev }]) => [
    did,
    rev,
  ]);
  expect(new Map(theirs as never)).toEqual(
    new Map((await Promise.all(heads)) as never),
  );
});
