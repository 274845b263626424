import {
  applyEffect,
  createModel,
  type AccountModel,
  type Effect,
} from "../support/model.ts";
import {
  ADMIN_PASSWORD,
  call,
  createAccount,
  type Answer,
} from "../support/network.ts";
import type { Operation } from "../support/notebook.ts";
import { createLane, type Lane } from "../support/operations.ts";
import type { Random } from "../support/random.ts";
import { get, listRepo } from "../support/readback.ts";
import { until } from "../support/until.ts";
import type { Fact, History } from "./history.ts";
import { settleMover, type MoverAtWork } from "./mover-load.ts";

/** People at work on a server, whose calls go into a history. */
export interface Load {
  /** Makes the accounts that the others need. */
  settleIn(url: string): Promise<void>;
  /** After a start: finds out which calls without an answer have happened. Waits so long for an account that is catching up. */
  resume(url: string, timeMs?: number): Promise<void>;
  /** Everybody makes one call after the other, until so many were answered in all, the time is over, or the server is gone; false for the last. */
  run(url: string, answers: number, timeMs?: number): Promise<boolean>;
  /** Makes the account active that moves about, so that everybody may look at it. */
  wake(url: string): Promise<boolean>;
  /** Calls that were refused as they may be. */
  readonly refused: number;
  /** Answers that nobody should get. */
  readonly problems: string[];
}

const ACCOUNTS = 3;
const WRITERS = 9;
const ADMIN = `Basic ${btoa(`admin:${ADMIN_PASSWORD}`)}`;

/** Makes one call. False when the server is gone. */
export type Worker = (url: string) => Promise<boolean>;

/** The same, for a call that is given. */
export type Make = <T>(
  fact: Fact,
  perform: () => Promise<Answer<T>>,
  onAnswer?: (body: T) => void,
) => Promise<boolean>;

/** Thrown for an answer that is no answer to what was asked. */
class Refused extends Error {}

/** @param mayRefuse Whether a call may be answered so; it has happened or not then, as if there were no answer. */
export function createLoad(options: {
  history: History;
  plcUrl: string;
  random: Random;
  mayRefuse?: (answer: Answer<unknown>) => boolean;
}): Load {
  const { history, plcUrl, random } = options;
  const mayRefuse = options.mayRefuse ?? (() => false);
  const problems: string[] = [];
  const workers: Worker[] = [];
  let moving: MoverAtWork | null = null;
  const accounts: AccountModel[] = [];
  let founded = 0;
  let refused = 0;

  const make: Make = async (fact, perform, onAnswer = () => {}) => {
    try {
      await history.make(fact, async () => {
        const answer = await perform();
        if (answer.status === 200) return onAnswer(answer.body);
        if (!mayRefuse(answer)) {
          const said = JSON.stringify(answer.body).slice(0, 300);
          problems.push(`${fact.kind} was answered ${answer.status} ${said}`);
        }
        refused++;
        throw new Refused();
      });
      return true;
    } catch (error) {
      return error instanceof Refused;
    }
  };

  function writer(lane: Lane): Worker {
    return async (url) => {
      const operation = lane.next();
      const fact = { kind: "write", did: lane.account.did } as const;
      const effect = { ...operation.effect };
      let isAnswered = false;
      const isUp = await make(
        { ...fact, effect },
        () => perform(url, lane.account, operation),
        (body: { uri?: string }) => {
          isAnswered = true;
          const { keyless } = effect;
          if (keyless !== undefined) {
            const path = body.uri!.split("/").slice(3).join("/");
            effect.paths = new Map([[path, keyless.cid]]);
            delete effect.keyless;
          }
          applyEffect(lane.account, effect);
        },
      );
      // What was to follow an upload would name a blob that may not be there.
      if (!isAnswered) lane.forget();
      return isUp;
    };
  }

  /** Makes accounts, now and then. */
  async function founder(url: string): Promise<boolean> {
    const name = `new${founded++}`;
    const account = { handle: `${name}.test`, password: `${name}-password` };
    const fact = {
      kind: "account" as const,
      account: { ...account, did: "", token: "" },
    };
    return make(
      fact,
      () =>
        call(url, "com.atproto.server.createAccount", {
          input: { ...account, email: `${name}@mail.test` },
        }),
      (body: { did: string; accessJwt: string }) => {
        fact.account.did = body.did;
        fact.account.token = body.accessJwt;
      },
    );
  }

  function moderator(did: string): Worker {
    let isApplied = false;
    const subject = { $type: "com.atproto.admin.defs#repoRef", did };
    return (url) => {
      const applied = !isApplied;
      return make(
        { kind: "takedown", did, isApplied: applied },
        () =>
          call(url, "com.atproto.admin.updateSubjectStatus", {
            ...{ token: ADMIN, input: { subject, takedown: { applied } } },
          }),
        () => (isApplied = applied),
      );
    };
  }

  return {
    problems,
    get refused() {
      return refused;
    },
    async resume(url, timeMs = 0) {
      const shown = new Map<string, Shown>();
      for (const account of accounts) {
        const seen = await until(`${account.did} shows itself`, timeMs, () =>
          lookAt(url, account).catch((error: Error) => {
            if (timeMs === 0) throw error;
            return null;
          }),
        );
        shown.set(account.did, seen);
      }
      history.settle((did, effect) => {
        const account = accounts.find((one) => one.did === did)!;
        const isSo = hasHappened(account, effect, shown.get(did)!);
        if (isSo) applyEffect(account, effect);
        return isSo;
      });
    },
    async settleIn(url) {
      for (let i = 0; i < ACCOUNTS; i++) {
        const fact = {
          kind: "account" as const,
          account: null! as AccountModel,
        };
        await history.make(fact, async () => {
          const { accessJwt: token, ...made } = await createAccount(
            url,
            `alice${i}`,
          );
          accounts.push(createModel({ ...made, token }));
          // As it is now: the lanes change theirs.
          fact.account = createModel({ ...made, token });
        });
      }
      for (let index = 0; index < WRITERS; index++) {
        const account = accounts[index % ACCOUNTS]!;
        const isOwner = index < ACCOUNTS;
        const own = random.fork(`lane ${index}`);
        workers.push(
          writer(createLane(account, { index, isOwner, random: own })),
        );
      }
      const judged = await createAccount(url, "judged");
      moving = await settleMover({ url, plcUrl, random, history, make });
      workers.push(founder, moderator(judged.did), moving.work);
    },
    wake: (url) => moving!.wake(url),
    async run(url, answers, timeMs = Infinity) {
      const end = history.answered + answers;
      const endMs = performance.now() + timeMs;
      const isOver = () => history.answered >= end || performance.now() > endMs;
      let isUp = true;
      await Promise.all(
        workers.map(async (work) => {
          while (isUp && !isOver()) isUp &&= await work(url);
        }),
      );
      return isUp;
    },
  };
}

function perform(url: string, account: AccountModel, operation: Operation) {
  const { nsid, input, type } = operation;
  const { token } = account;
  return call(url, nsid, { input, token, ...(type !== undefined && { type }) });
}

/** What an account shows of itself. */
interface Shown {
  records: ReadonlyMap<string, string>;
  preferences: readonly unknown[];
}

/** Waits for its log: what was stored and could not be applied is not refused for good. */
async function lookAt(url: string, account: AccountModel): Promise<Shown> {
  const { did, token } = account;
  const absent = { repo: did, collection: "com.example.none", rkey: "none" };
  const { status } = await call(url, "com.atproto.repo.deleteRecord", {
    ...{ token, input: absent },
  });
  if (status !== 200) throw new Error(`${did} can't be written to: ${status}`);
  const nsid = "app.bsky.actor.getPreferences";
  const { preferences } = await get(url, nsid, {}, token);
  return { records: await listRepo(url, did), preferences };
}

/** Also learns the key that a server has chosen. */
function hasHappened(
  account: AccountModel,
  effect: Effect,
  { records, preferences }: Shown,
): boolean {
  const { keyless } = effect;
  if (keyless !== undefined) {
    const path = findNew(account, keyless, records);
    if (path === null) return false;
    effect.paths = new Map([[path, keyless.cid]]);
    delete effect.keyless;
  }
  if (effect.preferences) {
    return Bun.deepEquals(effect.preferences, preferences);
  }
  // Whether a blob is there that nobody was promised does not matter.
  if (effect.paths.size === 0) return false;
  return [...effect.paths].every(
    ([path, cid]) => (records.get(path) ?? null) === cid,
  );
}

function findNew(
  account: AccountModel,
  { collection, cid }: NonNullable<Effect["keyless"]>,
  records: ReadonlyMap<string, string>,
): string | null {
  for (const [path, found] of records) {
    const isNew = !account.records.has(path) && found === cid;
    if (isNew && path.startsWith(`${collection}/`)) return path;
  }
  return null;
}
