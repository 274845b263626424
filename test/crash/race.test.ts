import { expect, test } from "bun:test";
import { eventsOf, readEvents } from "../support/events.ts";
import {
  ADMIN_PASSWORD,
  startNetwork,
  type Answer,
  type Network,
  type TestAccount,
} from "../support/network.ts";
import { createRandom, runSeed, type Random } from "../support/random.ts";
import { sizeOf } from "../support/sizes.ts";

/** Sixteen writers of an account, and somebody who takes it away from them. */
const WRITERS = 16;
const LONGEST_WRITING_MS = 60;
const COLLECTION = "com.example.race.note";
const ADMIN = `Basic ${btoa(`admin:${ADMIN_PASSWORD}`)}`;
/** What a writer is told of an account that may not write. */
const REFUSALS = ["AccountDeactivated", "AccountTakedown", "InvalidToken"];

interface Round {
  network: Network;
  account: TestAccount;
  /** The writer's way in; a takedown ends all sessions. */
  token: string;
}

type Switch = (round: Round, isOff: boolean) => Promise<Answer<unknown>>;

const ownersSwitch: Switch = async ({ network, token }, isOff) => {
  const nsid = `com.atproto.server.${isOff ? "de" : ""}activateAccount`;
  if (isOff) return network.call(nsid, { token, input: {} });
  const response = await fetch(`${network.url}/xrpc/${nsid}`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
  });
  const { status, headers } = response;
  return { status, headers, body: await response.text() };
};

const operatorsSwitch =
  (field: "takedown" | "deactivated"): Switch =>
  ({ network, account: { did } }, applied) =>
    network.call("com.atproto.admin.updateSubjectStatus", {
      token: ADMIN,
      input: {
        subject: { $type: "com.atproto.admin.defs#repoRef", did },
        [field]: { applied },
      },
    });

const SWITCHES = {
  "its owner deactivates it": ownersSwitch,
  "the operator deactivates it": operatorsSwitch("deactivated"),
  "it is taken down": operatorsSwitch("takedown"),
};

test.each(Object.entries(SWITCHES))(
  "no commit follows when %s while sixteen write",
  async (_, flip) => {
    const seed = runSeed();
    const random = createRandom(seed);
    const network = await startNetwork({
      settings: { TEMPEST_RATE_LIMITS_ENABLED: "false" },
    });
    try {
      const account = await network.createAccount("racer");
      let written = 0;
      for (let i = 0; i < sizeOf("raceRounds"); i++) {
        const token = await signIn(network, account);
        const round = { network, account, token };
        written += await race(round, flip, random);
      }
      expect(written, `TEST_SEED=${seed}`).toBeGreaterThan(WRITERS);
      const commits = await checkEvents(network, account.did, seed);
      // What was answered is what the events say: nothing less, nothing more.
      expect(commits, `TEST_SEED=${seed}`).toBe(written);
    } finally {
      await network.stop();
    }
  },
);

async function signIn(
  network: Network,
  { handle, password }: TestAccount,
): Promise<string> {
  const { status, body } = await network.call(
    "com.atproto.server.createSession",
    { input: { identifier: handle, password } },
  );
  expect(status).toBe(200);
  return body.accessJwt;
}

/** @returns how many writes were answered. */
async function race(round: Round, flip: Switch, random: Random) {
  const writers = Array.from({ length: WRITERS }, () => writeOn(round));
  await Bun.sleep(random.int(0, LONGEST_WRITING_MS));
  expect((await flip(round, true)).status).toBe(200);
  const counts = await Promise.all(writers);
  // Whoever comes now is refused at once.
  expect(await writeOn(round)).toBe(0);
  expect((await flip(round, false)).status).toBe(200);
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Writes until it is refused. */
async function writeOn({ network, account, token }: Round): Promise<number> {
  const { did } = account;
  for (let count = 0; ; count++) {
    const { status, body } = await network.call(
      "com.atproto.repo.createRecord",
      {
        token,
        input: { repo: did, collection: COLLECTION, record: { count } },
      },
    );
    if (status === 200) continue;
    expect(REFUSALS).toContain(body.error);
    return count;
  }
}

/** @returns how many commits carry a record. */
async function checkEvents(network: Network, did: string, seed: number) {
  let isActive = false;
  let commits = 0;
  for (const { t, payload } of eventsOf(await readEvents(network), did)) {
    if (t === "#account") isActive = payload.active;
    if (t !== "#commit") continue;
    expect(isActive, `seq ${payload.seq}, TEST_SEED=${seed}`).toBe(true);
    if (payload.ops.length > 0) commits++;
  }
  return commits;
}
