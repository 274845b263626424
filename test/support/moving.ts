import type { LexMap } from "#repo/drisl.ts";
import { cidOfCbor, formatCid } from "#repo/cid.ts";
import { encodeDrisl } from "#repo/drisl.ts";
import { carOf, makeForeignRepo, makePosts } from "./foreign-repo.ts";
import { compareRecords } from "./model.ts";
import {
  arrive,
  createMover,
  importCar,
  pointHere,
  type Host,
} from "./mover.ts";
import { call, type Answer } from "./network.ts";
import type { Random } from "./random.ts";
import { exportRepo, get, listRepo } from "./readback.ts";

/** Somebody who brings repositories, rests and comes back while the server may go at any moment. */
export interface Moving {
  readonly did: string;
  /** Imports, writes, deactivations and activations that were answered. */
  readonly answered: number;
  /** One call after the other, until it should stop or the server is gone. */
  run(url: string, shouldGoOn: () => boolean): Promise<void>;
  /**
   * Compares with what was answered, and leaves the account active.
   * @returns sentences; none when all is well.
   */
  check(url: string): Promise<string[]>;
}

type Records = ReadonlyMap<string, string>;

/** A call, and what is true of the account once it has happened. */
interface Step {
  name: string;
  perform(): Promise<Answer<unknown>>;
  records?: Records;
  isActive?: boolean;
}

const MOST_POSTS = 60;
const DIARY = "com.example.move.diary";

export async function startMoving(options: {
  url: string;
  plcUrl: string;
  name: string;
  random: Random;
}): Promise<Moving> {
  const { plcUrl, name, random } = options;
  const server = await get(
    options.url,
    "com.atproto.server.describeServer",
    {},
  );
  const hostAt = (url: string): Host => ({
    plcUrl,
    call: (nsid, input) => call(url, nsid, input),
    config: { serviceDid: server.did },
  });
  const host = hostAt(options.url);
  const mover = await createMover(host);
  const { did, accessJwt: token } = await arrive(host, mover, name);
  await pointHere(host, mover, token);

  const problems: string[] = [];
  let answered = 0;
  let count = 0;
  let records: Records = new Map();
  let isActive = false;
  /** The call that got no answer. */
  let open: Step | null = null;

  function importPosts(url: string): Step {
    const posts = [...makePosts(random.int(1, MOST_POSTS)), newPage()];
    const repo = makeForeignRepo({ ...mover, records: posts });
    return {
      name: "importRepo",
      perform: () => importCar(hostAt(url), token, carOf(repo)),
      records: new Map(posts.map(([path, record]) => [path, cidOf(record)])),
    };
  }

  /** No two imports are the same. */
  function newPage(): [string, LexMap] {
    const page = { $type: DIARY, page: count++ };
    return [`${DIARY}/page`, page];
  }

  function write(url: string): Step {
    const rkey = `page-${count++}`;
    const record = { $type: DIARY, rkey };
    return {
      name: "putRecord",
      perform: () =>
        call(url, "com.atproto.repo.putRecord", {
          token,
          input: { repo: did, collection: DIARY, rkey, record },
        }),
      records: new Map([...records, [`${DIARY}/${rkey}`, cidOf(record)]]),
    };
  }

  function setActive(url: string, value: boolean): Step {
    const name = value ? "activateAccount" : "deactivateAccount";
    const nsid = `com.atproto.server.${name}`;
    return {
      name,
      // The one takes no input, the other takes some.
      perform: () =>
        value ? post(url, nsid, token) : call(url, nsid, { token, input: {} }),
      isActive: value,
    };
  }

  function choose(url: string): Step {
    const dice = random.next();
    if (dice < 0.3) return importPosts(url);
    if (dice < 0.6) return setActive(url, !isActive);
    return isActive ? write(url) : setActive(url, true);
  }

  function settle({ records: written, isActive: value }: Step): void {
    records = written ?? records;
    isActive = value ?? isActive;
  }

  return {
    did,
    get answered() {
      return answered;
    },
    async run(url, shouldGoOn) {
      while (shouldGoOn()) {
        const step = choose(url);
        let answer: Answer<unknown>;
        try {
          answer = await step.perform();
        } catch {
          open = step;
          return;
        }
        if (answer.status !== 200) {
          const said = JSON.stringify(answer.body);
          problems.push(
            `${step.name} of ${name} answered ${answer.status} ${said}`,
          );
          return;
        }
        answered++;
        settle(step);
      }
    },
    async check(url) {
      const found = problems.splice(0);
      const status = await get(url, "com.atproto.sync.getRepoStatus", { did });
      if (status.active !== isActive && status.active !== open?.isActive) {
        found.push(`${name} is ${JSON.stringify(status)}`);
      }
      const { status: code, body } = await setActive(url, true).perform();
      if (code !== 200) found.push(`${name}: ${JSON.stringify(body)}`);
      isActive = true;
      const listed = await listRepo(url, did);
      if (open?.records && Bun.deepEquals(listed, open.records)) {
        records = open.records;
      }
      open = null;
      const exported = await exportRepo(url, did);
      return [
        ...found,
        ...compareRecords(`listRecords of ${name}`, records, listed),
        ...compareRecords(`getRepo of ${name}`, records, exported.records),
      ];
    },
  };
}

function cidOf(record: LexMap | Uint8Array): string {
  return formatCid(cidOfCbor(encodeDrisl(record as LexMap)));
}

/** Calls a procedure that takes no input. */
async function post(
  url: string,
  nsid: string,
  token: string,
): Promise<Answer<string>> {
  const response = await fetch(`${url}/xrpc/${nsid}`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
  });
  const { status, headers } = response;
  return { status, headers, body: await response.text() };
}
