import type { Clock } from "#lib/clock.ts";
import { XrpcError } from "#lib/errors.ts";
import { decodeDrisl } from "#repo/drisl.ts";
import { BlockError } from "#repo/errors.ts";
import { isMap } from "#repo/lex-json.ts";
import {
  type AtUri,
  type Did,
  type Handle,
  isDid,
  isHandle,
  parseAtUri,
} from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { ActorStores } from "#storage/actor-store.ts";
import { textAt } from "./json.ts";
import type { Ask } from "./quotes.ts";

export interface FeedGeneratorDeps {
  accountDb: Pick<AccountDb, "accounts">;
  stores: Pick<ActorStores, "find">;
  clock: Clock;
}

/** Who puts feeds together; feeds themselves are only records that name them. */
export interface FeedGenerators {
  /**
   * The DID of the service behind a feed: from its record if that is here, else
   * the AppView is asked. Remembered for a few minutes.
   * @throws XrpcError UnknownFeed when there is no such feed.
   * @throws XrpcError UpstreamFailure, UpstreamTimeout when the AppView is away.
   */
  find(feed: AtUri, ask: Ask): Promise<Did>;
}

const COLLECTION = "app.bsky.feed.generator";
const MEMORY_MS = 5 * 60_000;
const MAX_REMEMBERED = 1000;

export function createFeedGenerators(deps: FeedGeneratorDeps): FeedGenerators {
  const { clock } = deps;
  const remembered = new Map<string, { did: Did; untilMs: number }>();

  function remember(feed: AtUri, did: Did): Did {
    remembered.delete(feed);
    remembered.set(feed, { did, untilMs: clock.nowMs() + MEMORY_MS });
    if (remembered.size > MAX_REMEMBERED) {
      remembered.delete(remembered.keys().next().value!);
    }
    return did;
  }

  return {
    async find(feed, ask) {
      const known = remembered.get(feed);
      if (known !== undefined && known.untilMs > clock.nowMs()) {
        return known.did;
      }
      const local = findHere(deps, feed);
      const did = local ?? (await askFor(feed, ask));
      if (did !== null && isDid(did)) return remember(feed, did);
      throw new XrpcError("UnknownFeed", `There is no such feed: ${feed}`);
    },
  };
}

/** What the feed's own record names, if its author's account is here. */
function findHere(
  { accountDb, stores }: FeedGeneratorDeps,
  feed: AtUri,
): string | null {
  const { host, collection, rkey } = parseAtUri(feed);
  if (collection !== COLLECTION || rkey === undefined) return null;
  const did = isHandle(host)
    ? accountDb.accounts.findByHandle(host.toLowerCase() as Handle)?.did
    : host;
  if (did === undefined || accountDb.accounts.find(did as Did) === null) {
    return null;
  }
  try {
    const stored = stores.find(did as Did)?.findRecord(collection, rkey);
    const record = stored && decodeDrisl(stored.bytes);
    return record && isMap(record) ? textAt(record, "did") : null;
  } catch (error) {
    // What can't be read here the AppView may still know.
    if (error instanceof XrpcError || error instanceof BlockError) return null;
    throw error;
  }
}

/** @returns null when the AppView knows no such feed. */
async function askFor(feed: AtUri, ask: Ask): Promise<string | null> {
  try {
    const answer = await ask("app.bsky.feed.getFeedGenerator", { feed });
    return textAt(answer, "view", "did");
  } catch (error) {
    if (error instanceof XrpcError && error.status < 500) return null;
    throw error;
  }
}
