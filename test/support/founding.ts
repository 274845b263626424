import { createModel, type AccountModel } from "./model.ts";
import { call } from "./network.ts";
import { get } from "./readback.ts";
import { until } from "./until.ts";

/** Somebody who wants an account. */
interface Founder {
  handle: string;
  email: string;
  password: string;
}

/** Makes accounts while the server may go at any moment. */
export interface Founding {
  /** Accounts that exist by the server's word. */
  readonly founded: AccountModel[];
  /** Makes accounts, one after the other, until it should stop or the server is gone. */
  run(url: string, shouldGoOn: () => boolean): Promise<void>;
  /** Brings what was interrupted to its end, as its owner would. @throws Error when there is none. */
  settle(url: string, plcUrl: string): Promise<void>;
  readonly problems: string[];
}

const SETTLE_TIMEOUT_MS = 20_000;
const PROFILE = "app.bsky.actor.profile";

/** @param prefix Begins every handle; short. */
export function createFounding(prefix: string): Founding {
  const founded: AccountModel[] = [];
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
    const session = await until(
      `${handle} can sign in, or be made`,
      SETTLE_TIMEOUT_MS,
      () => enter(url, founder),
    );
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

  return {
    founded,
    problems,
    async run(url, shouldGoOn) {
      while (shouldGoOn()) {
        const founder = newFounder();
        let answer;
        try {
          answer = await call(url, "com.atproto.server.createAccount", {
            input: founder,
          });
        } catch {
          interrupted.push(founder);
          return;
        }
        if (answer.status !== 200) {
          problems.push(
            `createAccount of ${founder.handle} answered ${answer.status} ${JSON.stringify(answer.body)}`,
          );
          return;
        }
        add(founder, answer.body.did, answer.body.accessJwt);
      }
    },
    async settle(url, plcUrl) {
      const list = interrupted;
      interrupted = [];
      for (const founder of list) await finish(url, founder, plcUrl);
      for (const model of founded) {
        if (model.records.size === 0) await writeFirst(url, model);
      }
    },
  };
}

async function enter(
  url: string,
  { handle, email, password }: Founder,
): Promise<{ did: string; accessJwt: string } | null> {
  const session = await call(url, "com.atproto.server.createSession", {
    input: { identifier: handle, password },
  });
  if (session.status === 200) return session.body;
  const account = await call(url, "com.atproto.server.createAccount", {
    input: { handle, email, password },
  });
  return account.status === 200 ? account.body : null;
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
