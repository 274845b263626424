import { createPlcClient } from "#contexts/identity/plc.ts";
import {
  didOfGenesis,
  formatAtprotoData,
  signPlcOperation,
} from "#contexts/identity/plc-operation.ts";
import { type Clock, systemClock } from "#lib/clock.ts";
import { generatePrivateKey } from "#repo/keys.ts";
import { createSigner } from "#repo/signer.ts";
import type { Did } from "#repo/syntax.ts";
import { call } from "../support/network.ts";
import {
  type Answerer,
  type AppViewCall,
  defaultAnswers,
  type Knowledge,
  refusal,
  type View,
} from "./app-view-answers.ts";
import { readServiceToken } from "./service-token.ts";

/**
 * An AppView that follows no stream: it knows what it is told, and checks
 * every token as the real one does. It is a service of chat, video and
 * notifications too.
 */
export interface AppViewDouble {
  did: Did;
  url: string;
  knowledge: Knowledge;
  /** Oldest first. */
  received: AppViewCall[];
  /** Replaces its answers to a method, for one test. */
  answer(nsid: string, answerer: Answerer): void;
  /** Takes back what was replaced, and forgets the calls. */
  reset(): void;
  /** DID of a feed's service for which a token may be meant as well. */
  addAudience(did: string): void;
  /** Makes its identity known. */
  register(plcUrl: string): Promise<void>;
  /** Learns all that an account of a host has in its repository. */
  catchUp(hostUrl: string, did: string): Promise<void>;
  stop(): Promise<void>;
}

const SERVICES = {
  bsky_appview: "BskyAppView",
  bsky_notif: "BskyNotificationService",
  bsky_chat: "BskyChatService",
  bsky_video: "BskyVideoService",
};
/** Calls that strangers may make. */
const PUBLIC = new Set(["com.atproto.repo.getRecord"]);

export function startAppView(clock: Clock = systemClock): AppViewDouble {
  const key = createSigner("k256", generatePrivateKey("k256"));
  const knowledge: Knowledge = {
    accounts: new Map(),
    posts: new Map(),
    feeds: new Map(),
  };
  const received: AppViewCall[] = [];
  const replaced = new Map<string, Answerer>();
  let plcUrl = "";
  const audiences: string[] = [];

  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 20,
    async fetch(request) {
      const { pathname, searchParams } = new URL(request.url);
      const nsid = pathname.slice("/xrpc/".length);
      const headers = Object.fromEntries(request.headers);
      const seen: AppViewCall = {
        ...{ nsid, headers, method: request.method, params: searchParams },
        body: await request.text(),
        claims: null,
      };
      received.push(seen);
      try {
        seen.claims = await readServiceToken(headers.authorization, {
          audiences,
          lxm:
            nsid === "app.bsky.feed.getFeed"
              ? "app.bsky.feed.getFeedSkeleton"
              : nsid,
          keyOf: (did) => keyOf(plcUrl, did),
          nowMs: clock.nowMs(),
        });
      } catch (error) {
        const isStranger = headers.authorization === undefined;
        if (!isStranger || !PUBLIC.has(nsid)) {
          return refusal(401, "BadJwt", String(error));
        }
      }
      return await respond(seen);
    },
  });

  async function respond(seen: AppViewCall): Promise<Response> {
    const answerer = replaced.get(seen.nsid) ?? defaultAnswers[seen.nsid];
    if (answerer === undefined) {
      return refusal(501, "MethodNotImplemented", seen.nsid);
    }
    const answer = await answerer(seen, knowledge);
    const response =
      answer instanceof Response ? answer : Response.json(answer);
    const rev = knowledge.accounts.get(seen.claims?.iss ?? "")?.rev;
    if (rev != null) response.headers.set("atproto-repo-rev", rev);
    const labelers = seen.headers["atproto-accept-labelers"];
    if (labelers !== undefined) {
      response.headers.set("atproto-content-labelers", labelers);
    }
    return response;
  }

  const url = server.url.origin;
  const identity = formatAtprotoData({
    signingKey: key.didKey,
    rotationKeys: [key.didKey],
    handle: "api.example.com",
    pds: "https://elsewhere.example.com",
  });
  for (const [id, type] of Object.entries(SERVICES)) {
    identity.services[id] = { type, endpoint: url };
  }
  const genesis = signPlcOperation(identity, null, key);
  const did = didOfGenesis(genesis);
  audiences.push(did, ...Object.keys(SERVICES).map((id) => `${did}#${id}`));

  return {
    did,
    url,
    knowledge,
    received,
    answer: (nsid, answerer) => void replaced.set(nsid, answerer),
    reset() {
      replaced.clear();
      received.length = 0;
    },
    addAudience: (one) => void audiences.push(one),
    async register(directory) {
      plcUrl = directory;
      await createPlcClient({ url: directory, fetch }).submit(did, genesis);
    },
    catchUp: (hostUrl, account) => catchUp(knowledge, hostUrl, account),
    stop: () => server.stop(true),
  };
}

async function keyOf(plcUrl: string, did: string): Promise<string> {
  const response = await fetch(`${plcUrl}/${did}/data`);
  const data = (await response.json()) as {
    verificationMethods?: { atproto?: string };
  };
  return data.verificationMethods?.atproto ?? "";
}

async function catchUp(
  { accounts, posts }: Knowledge,
  hostUrl: string,
  did: string,
): Promise<void> {
  const get = async (nsid: string, params: Record<string, string>) =>
    (await call(hostUrl, nsid, { params })).body;
  const head = await get("com.atproto.sync.getLatestCommit", { did });
  const { handle } = await get("com.atproto.repo.describeRepo", { repo: did });
  const list = async (collection: string): Promise<View[]> => {
    const params = { repo: did, collection, limit: "100", reverse: "true" };
    return (await get("com.atproto.repo.listRecords", params)).records;
  };
  const [profile] = await list("app.bsky.actor.profile");
  accounts.set(did, {
    ...{ did, handle },
    profile: profile?.value ?? {},
    rev: head.rev,
  });
  for (const { uri, cid, value } of await list("app.bsky.feed.post")) {
    posts.set(uri, {
      ...{ uri, cid, record: value, indexedAt: value.createdAt },
      ...{ likeCount: 0, replyCount: 0, repostCount: 0, quoteCount: 0 },
      author: { did, handle, displayName: profile?.value.displayName },
    });
  }
}
