import { cidOfCbor, formatCid } from "#repo/cid.ts";
import { encodeDrisl, type LexMap } from "#repo/drisl.ts";
import { carOf, makeForeignRepo, makePosts } from "../support/foreign-repo.ts";
import {
  applyEffect,
  createModel,
  type AccountModel,
  type Effect,
} from "../support/model.ts";
import {
  arrive,
  createMover,
  importCar,
  pointHere,
  type Host,
} from "../support/mover.ts";
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
import type { Fact, History } from "./history.ts";

/** People at work on a server, whose calls go into a history. */
export interface Load {
  /** Makes the accounts that the others need. */
  settleIn(url: string): Promise<void>;
  /** After a start: finds out which calls without an answer have happened. */
  resume(url: string): Promise<void>;
  /** Everybody makes one call after the other, until so many were answered in all, or the server is gone. */
  run(url: string, answers: number): Promise<void>;
  /** Answers that nobody should get. */
  readonly problems: string[];
}

const ACCOUNTS = 3;
const WRITERS = 9;
const MOST_POSTS = 40;
const ADMIN = `Basic ${btoa(`admin:${ADMIN_PASSWORD}`)}`;

type Worker = (url: string) => Promise<boolean>;

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
  const accounts: AccountModel[] = [];
  let founded = 0;

  /** One call. False when the server is gone. */
  async function make<T>(
    fact: Fact,
    perform: () => Promise<Answer<T>>,
    onAnswer: (body: T) => void = () => {},
  ): Promise<boolean> {
    try {
      await history.make(fact, async () => {
        const answer = await perform();
        if (answer.status === 200) return onAnswer(answer.body);
        if (!mayRefuse(answer)) {
          const said = JSON.stringify(answer.body).slice(0, 300);
          problems.push(`${fact.kind} was answered ${answer.status} ${said}`);
        }
        throw new Refused();
      });
      return true;
    } catch (error) {
      return error instanceof Refused;
    }
  }

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

  async function createMoving(url: string): Promise<Worker> {
    const { did: serviceDid } = await get(
      url,
      "com.atproto.server.describeServer",
      {},
    );
    const host: Host = {
      plcUrl,
      config: { serviceDid },
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

    return (at) => {
      if (random.next() < 0.4) return importPosts();
      const value = !isActive;
      return make(
        { kind: "active", did, isActive: value },
        () => setActive(at, token, value),
        () => (isActive = value),
      );
    };
  }

  return {
    problems,
    async resume(url) {
      const shown = new Map<string, Shown>();
      for (const account of accounts) {
        shown.set(account.did, await lookAt(url, account));
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
      workers.push(founder, moderator(judged.did), await createMoving(url));
    },
    async run(url, answers) {
      const end = history.answered + answers;
      await Promise.all(
        workers.map(async (work) => {
          while (history.answered < end && (await work(url)));
        }),
      );
    },
  };
}

function perform(url: string, account: AccountModel, operation: Operation) {
  const { nsid, input, type } = operation;
  const { token } = account;
  return call(url, nsid, { input, token, ...(type !== undefined && { type }) });
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

/** What an account shows of itself. */
interface Shown {
  records: ReadonlyMap<string, string>;
  preferences: readonly unknown[];
}

async function lookAt(url: string, account: AccountModel): Promise<Shown> {
  const { did, token } = account;
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

const cidOf = (record: LexMap) => formatCid(cidOfCbor(encodeDrisl(record)));
