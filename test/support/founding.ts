import { createModel, type AccountModel } from "./model.ts";
import { ADMIN_PASSWORD, call } from "./network.ts";
import type { Random } from "./random.ts";
import { get } from "./readback.ts";
import { until } from "./until.ts";

/** Somebody who wants an account. */
interface Founder {
  handle: string;
  email: string;
  password: string;
}

/** Makes accounts, and deletes some of them, while the server may go at any moment. */
export interface Founding {
  /** Accounts that exist by the server's word. */
  readonly founded: AccountModel[];
  /** DIDs of those that are gone by the server's word. */
  readonly deleted: ReadonlySet<string>;
  /** Makes and deletes accounts, one after the other, until it should stop or the server is gone. */
  run(url: string, shouldGoOn: () => boolean): Promise<void>;
  /** Brings what was interrupted to its end, as its owner would. @throws Error when there is none. */
  settle(url: string, plcUrl: string): Promise<void>;
  readonly problems: string[];
}

const SETTLE_TIMEOUT_MS = 20_000;
const PROFILE = "app.bsky.actor.profile";

/** How many of them leave again. */
const LEAVERS = 0.3;
const ADMIN = `Basic ${btoa(`admin:${ADMIN_PASSWORD}`)}`;

/** @param prefix Begins every handle; short. */
export function createFounding(prefix: string, random: Random): Founding {
  const founded: AccountModel[] = [];
  const deleted = new Set<string>();
  const leaving: AccountModel[] = [];
  const problems: string[] = [];
  let interrupted: Founder[] = [];
  let count = 0;

  function newFounder(): Founder {
    const name = `${prefix}${count++}`;
    return {
      handle: `${name}.test`,
      email: `${name}@mail.test`,
      password: `${name}-password`,
    };
  }

  function add(founder: Founder, did: string, token: string): AccountModel {
    const model = createModel({ ...founder, did, token });
    founded.push(model);
    return model;
  }

  async function finish(url: string, founder: Founder, plcUrl: string) {
    const { handle } = founder;
    // The server goes on with it by itself meanwhile.
    let refused: unknown;
    const session = await until(
      `${handle} can sign in, or be made`,
      SETTLE_TIMEOUT_MS,
      () => enter(url, founder, (said) => (refused = said)),
    ).catch((error: Error) => {
      throw new Error(`${error.message}: ${JSON.stringify(refused)}`);
    });
    const { did, accessJwt } = session;
    const document = await fetch(`${plcUrl}/${did}`);
    const { alsoKnownAs } = (await document.json()) as {
      alsoKnownAs: string[];
    };
    if (!alsoKnownAs.includes(`at://${handle}`)) {
      problems.push(`the directory does not know ${handle}`);
    }
    const resolved = await get(url, "com.atproto.identity.resolveHandle", {
      handle,
    });
    if (resolved.did !== did) problems.push(`${handle} leads to another DID`);
    add(founder, did, accessJwt);
  }

  /** False when the server is gone, or has answered what it should not. */
  async function found(url: string): Promise<boolean> {
    const founder = newFounder();
    const nsid = "com.atproto.server.createAccount";
    const answer = await attempt(url, nsid, { input: founder });
    if (answer === null) interrupted.push(founder);
    else if (answer.status === 200) {
      add(founder, answer.body.did, answer.body.accessJwt);
      return true;
    } else problems.push(complaint(nsid, founder.handle, answer));
    return false;
  }

  async function leave(url: string): Promise<boolean> {
    // Nobody else gets hold of it now.
    const [model] = founded.splice(random.int(0, founded.length - 1), 1);
    const { did, handle } = model!;
    const nsid = "com.atproto.admin.deleteAccount";
    const answer = await attempt(url, nsid, { input: { did }, token: ADMIN });
    if (answer === null) leaving.push(model!);
    else if (answer.status === 200) {
      deleted.add(did);
      return true;
    } else problems.push(complaint(nsid, handle, answer));
    return false;
  }

  /** Whoever was on the way out is either here as before, or gone. */
  async function settleLeavers(url: string): Promise<void> {
    for (const model of leaving.splice(0)) {
      if (await isKnown(url, model.did)) founded.push(model);
      else deleted.add(model.did);
    }
    for (const did of deleted) {
      if (await isKnown(url, did)) problems.push(`${did} is not deleted`);
    }
  }

  return {
    founded,
    deleted,
    problems,
    async run(url, shouldGoOn) {
      let isUp = true;
      while (isUp && shouldGoOn()) {
        const isLeaver = founded.length > 2 && random.next() < LEAVERS;
        isUp = await (isLeaver ? leave(url) : found(url));
      }
    },
    async settle(url, plcUrl) {
      const list = interrupted;
      interrupted = [];
      for (const founder of list) await finish(url, founder, plcUrl);
      await settleLeavers(url);
      for (const model of founded) {
        if (model.records.size === 0) await writeFirst(url, model);
      }
    },
  };
}

/** Null when there is no answer. */
async function attempt(
  ...args: Parameters<typeof call>
): Promise<Awaited<ReturnType<typeof call>> | null> {
  try {
    return await call(...args);
  } catch {
    return null;
  }
}

function complaint(
  nsid: string,
  name: string,
  { status, body }: { status: number; body: unknown },
): string {
  return `${nsid} of ${name} answered ${status} ${JSON.stringify(body)}`;
}

async function isKnown(url: string, did: string): Promise<boolean> {
  const nsid = "com.atproto.sync.getRepoStatus";
  const { status, body } = await call(url, nsid, { params: { did } });
  return status === 200 || body.error !== "RepoNotFound";
}

async function enter(
  url: string,
  { handle, email, password }: Founder,
  onRefused: (said: unknown) => void,
): Promise<{ did: string; accessJwt: string } | null> {
  const session = await call(url, "com.atproto.server.createSession", {
    input: { identifier: handle, password },
  });
  if (session.status === 200) return session.body;
  const account = await call(url, "com.atproto.server.createAccount", {
    input: { handle, email, password },
  });
  if (account.status === 200) return account.body;
  onRefused([session.body, account.body]);
  return null;
}

/** A repository that can be written to is whole. */
async function writeFirst(url: string, model: AccountModel): Promise<void> {
  const record = { $type: PROFILE, displayName: model.handle };
  const { status, body } = await call(url, "com.atproto.repo.putRecord", {
    token: model.token,
    input: { repo: model.did, collection: PROFILE, rkey: "self", record },
  });
  if (status !== 200) {
    throw new Error(`${model.handle} cannot write: ${JSON.stringify(body)}`);
  }
  model.records.set(`${PROFILE}/self`, body.cid);
}
