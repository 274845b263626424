import { type Json, objectAt, objectsAt, textAt } from "./json.ts";

/**
 * Asks the AppView that is being patched for something more, in the account's
 * name. Rejects when it has no answer.
 */
export type Ask = (
  nsid: string,
  params: Record<string, string | string[]>,
) => Promise<unknown>;

/** Views of what others wrote, by AT-URI. A URI that was asked for and isn't there maps to null. */
export type ForeignViews = ReadonlyMap<string, Json | null>;

/** How an AppView is asked for views of the records of a collection. */
interface Source {
  nsid: string;
  params(uris: string[]): Record<string, string | string[]>;
  viewsOf(body: unknown): Json[] | null;
  /** What such a view is called inside of a post; null for posts, whose view is made over. */
  type: string | null;
  /** How many it takes at a time. */
  batchSize: number;
}

const SOURCES: Readonly<Record<string, Source>> = {
  "app.bsky.feed.post": {
    nsid: "app.bsky.feed.getPosts",
    params: (uris) => ({ uris }),
    viewsOf: (body) => objectsAt(body, "posts"),
    type: null,
    batchSize: 25,
  },
  "app.bsky.feed.generator": {
    nsid: "app.bsky.feed.getFeedGenerators",
    params: (feeds) => ({ feeds }),
    viewsOf: (body) => objectsAt(body, "feeds"),
    type: "app.bsky.feed.defs#generatorView",
    batchSize: 25,
  },
  "app.bsky.graph.starterpack": {
    nsid: "app.bsky.graph.getStarterPacks",
    params: (uris) => ({ uris }),
    viewsOf: (body) => objectsAt(body, "starterPacks"),
    type: "app.bsky.graph.defs#starterPackViewBasic",
    batchSize: 25,
  },
  "app.bsky.graph.list": {
    nsid: "app.bsky.graph.getList",
    params: ([list = ""]) => ({ list, limit: "1" }),
    viewsOf(body) {
      const list = objectAt(body, "list");
      return list && [list];
    },
    type: "app.bsky.graph.defs#listView",
    batchSize: 1,
  },
};

/** The collection in an AT-URI. */
const collectionOf = (uri: string) => uri.split("/")[3] ?? "";

/** What a quoted record's view is called; null for posts; undefined for what can't be shown. */
export function quotedType(uri: string): string | null | undefined {
  return SOURCES[collectionOf(uri)]?.type;
}

/**
 * Fetches views of the records named. What the AppView fails to answer is left
 * out of the map; the rest is as good as it gets.
 */
export async function fetchForeignViews(
  ask: Ask,
  uris: Iterable<string>,
): Promise<ForeignViews> {
  const views = new Map<string, Json | null>();
  const byCollection = Map.groupBy(new Set(uris), collectionOf);
  const batches = [...byCollection].flatMap(([collection, named]) => {
    const source = SOURCES[collection];
    return source === undefined ? [] : batchesOf(source, named);
  });
  await Promise.all(
    batches.map(async ({ source, uris }) => {
      const found = await askFor(ask, source, uris);
      if (found === null) return;
      for (const uri of uris) views.set(uri, null);
      for (const view of found) {
        const uri = textAt(view, "uri");
        if (uri !== null && views.has(uri)) views.set(uri, view);
      }
    }),
  );
  return views;
}

function batchesOf(
  source: Source,
  uris: string[],
): { source: Source; uris: string[] }[] {
  const batches = [];
  for (let at = 0; at < uris.length; at += source.batchSize) {
    batches.push({ source, uris: uris.slice(at, at + source.batchSize) });
  }
  return batches;
}

async function askFor(
  ask: Ask,
  source: Source,
  uris: string[],
): Promise<Json[] | null> {
  try {
    return source.viewsOf(await ask(source.nsid, source.params(uris)));
  } catch {
    // A post without what it quotes is better than none.
    return null;
  }
}
