import type { Clock } from "#lib/clock.ts";
import { OperatorError, XrpcError } from "#lib/errors.ts";
import { drawPicture } from "./picture.ts";

/** dev-env's password, so that scripts written for it fit. */
export const SEED_PASSWORD = "hunter2";

export interface SeededAccount {
  handle: string;
  did: string;
  password: string;
}

export interface SeedDeps {
  /** The running server. */
  url: string;
  clock: Clock;
  fetch: (url: string, init?: RequestInit) => Promise<Response>;
  /** What handles end with, such as `.test`. */
  handleDomain: string;
  /** Makes an account, whoever else may make one here. @throws XrpcError */
  createAccount(input: {
    handle: string;
    email: string;
    password: string;
  }): Promise<Session>;
}

interface Person {
  name: string;
  displayName: string;
  description: string;
  /** Texts of posts, oldest first. */
  posts: readonly string[];
}

const PEOPLE: readonly Person[] = [
  {
    name: "alice",
    displayName: "Alice",
    description: "Paints skies.",
    posts: ["The light this morning, before the rain."],
  },
  {
    name: "bob",
    displayName: "Bob",
    description: "Reads protocols on trains.",
    posts: ["A repository is a sorted tree.", "And a commit signs its root."],
  },
  {
    name: "carla",
    displayName: "Carla",
    description: "Follows everyone.",
    posts: ["Hello from my own server!"],
  },
];

interface Session {
  did: string;
  accessJwt: string;
  /** False while the account rests. */
  active?: boolean;
}

interface RecordRef {
  uri: string;
  cid: string;
}

/**
 * Makes the three accounts of a development network, with profiles, posts, a
 * picture, a follow, likes and a reply. Record keys are fixed and the profile
 * comes last, so an interrupted run is completed by the next one, and what the
 * developer changes later stays. An account that was renamed or taken down, or
 * has another password, is left alone and not named.
 * @throws OperatorError when no account can be made.
 */
export async function seedNetwork(deps: SeedDeps): Promise<SeededAccount[]> {
  const people: (Person & { session: Session; isNew: boolean })[] = [];
  for (const person of PEOPLE) {
    const session = await enter(deps, person);
    if (session === null) continue;
    const isResting = session.active === false;
    const isNew = !isResting && !(await hasProfile(deps, session));
    people.push({ ...person, session, isNew });
  }
  const posts: RecordRef[] = [];
  for (const { session, isNew, name, posts: texts } of people) {
    if (!isNew) continue;
    const embed = name === "alice" ? await uploadPicture(deps, session) : null;
    for (const [index, text] of texts.entries()) {
      const record = { text, langs: ["en"], ...(embed ? { embed } : {}) };
      posts.push(
        await put(deps, session, "app.bsky.feed.post", postKey(index), record),
      );
    }
  }
  const carla = people.find(({ name }) => name === "carla");
  if (carla?.isNew) await socialise(deps, carla.session, people, posts);
  for (const { session, isNew, displayName, description } of people) {
    if (!isNew) continue;
    const profile = { displayName, description };
    await put(deps, session, "app.bsky.actor.profile", "self", profile);
  }
  return people.map(({ name, session }) => ({
    handle: name + deps.handleDomain,
    did: session.did,
    password: SEED_PASSWORD,
  }));
}

/** A record key in the form of a TID, the same on every start. */
const postKey = (index: number) => `3ktempestdev${index + 2}`;

/** Null for an account that is not as it was made. */
async function enter(
  deps: SeedDeps,
  { name }: Person,
): Promise<Session | null> {
  const handle = name + deps.handleDomain;
  const found = await call(deps, "com.atproto.identity.resolveHandle", {
    query: { handle },
  });
  if (!found.ok) return makeAccount(deps, { name, handle });
  const answer = await call(deps, "com.atproto.server.createSession", {
    body: { identifier: handle, password: SEED_PASSWORD },
  });
  return answer.ok ? ((await answer.json()) as Session) : null;
}

async function makeAccount(
  deps: SeedDeps,
  { name, handle }: { name: string; handle: string },
): Promise<Session | null> {
  const email = `${name}@test.invalid`;
  const input = { handle, email, password: SEED_PASSWORD };
  try {
    return await deps.createAccount(input);
  } catch (error) {
    if (!(error instanceof XrpcError)) throw error;
    // The address or the name is taken: by the same account, under another name or taken down.
    if (error.status < 500) return null;
    throw new OperatorError(`${handle} can't be made: ${error.message}`, {
      hint: "Does the PLC directory of TEMPEST_DID_PLC_URL answer? Without that setting `tempest dev` brings its own.",
      exitCode: 69,
      cause: error,
    });
  }
}

async function hasProfile(deps: SeedDeps, { did }: Session): Promise<boolean> {
  const answer = await call(deps, "com.atproto.repo.getRecord", {
    query: { repo: did, collection: "app.bsky.actor.profile", rkey: "self" },
  });
  return answer.ok;
}

async function uploadPicture(deps: SeedDeps, session: Session) {
  const picture = drawPicture({
    size: 256,
    from: [255, 214, 165],
    to: [52, 78, 140],
  });
  const answer = await deps.fetch(
    `${deps.url}/xrpc/com.atproto.repo.uploadBlob`,
    {
      method: "POST",
      headers: {
        authorization: `Bearer ${session.accessJwt}`,
        "content-type": "image/png",
      },
      body: new Uint8Array(picture),
    },
  );
  const { blob } = await expectOk<{ blob: unknown }>(answer, "picture");
  return {
    $type: "app.bsky.embed.images",
    images: [{ alt: "A sky from orange to blue", image: blob }],
  };
}

/** Carla follows the others, likes their posts and answers the first. */
async function socialise(
  deps: SeedDeps,
  carla: Session,
  people: readonly { session: Session }[],
  posts: readonly RecordRef[],
): Promise<void> {
  const others = people.filter(({ session }) => session.did !== carla.did);
  for (const [index, { session }] of others.entries()) {
    const subject = session.did;
    await put(deps, carla, "app.bsky.graph.follow", postKey(index), {
      subject,
    });
  }
  const liked = posts.filter(({ uri }) => !uri.includes(carla.did));
  for (const [index, subject] of liked.entries()) {
    await put(deps, carla, "app.bsky.feed.like", postKey(index), { subject });
  }
  const [root] = liked;
  if (!root) return;
  await put(deps, carla, "app.bsky.feed.post", postKey(1), {
    text: "Beautiful!",
    langs: ["en"],
    reply: { root, parent: root },
  });
}

async function put(
  deps: SeedDeps,
  { did, accessJwt }: Session,
  collection: string,
  rkey: string,
  record: object,
): Promise<RecordRef> {
  const createdAt = new Date(deps.clock.nowMs()).toISOString();
  const answer = await call(deps, "com.atproto.repo.putRecord", {
    accessJwt,
    body: {
      repo: did,
      collection,
      rkey,
      record: { $type: collection, ...record, createdAt },
    },
  });
  const { uri, cid } = await expectOk<RecordRef>(answer, collection);
  return { uri, cid };
}

function call(
  deps: SeedDeps,
  nsid: string,
  options: {
    query?: Record<string, string>;
    body?: object;
    accessJwt?: string;
  },
): Promise<Response> {
  const query = options.query ? `?${new URLSearchParams(options.query)}` : "";
  const headers = new Headers();
  if (options.body) headers.set("content-type", "application/json");
  if (options.accessJwt) {
    headers.set("authorization", `Bearer ${options.accessJwt}`);
  }
  return deps.fetch(`${deps.url}/xrpc/${nsid}${query}`, {
    method: options.body ? "POST" : "GET",
    headers,
    body: options.body ? JSON.stringify(options.body) : undefined,
  });
}

async function expectOk<T>(answer: Response, what: string): Promise<T> {
  if (answer.ok) return (await answer.json()) as T;
  throw new Error(
    `seeding ${what}: ${answer.status} ${(await answer.text()).slice(0, 300)}`,
  );
}
