import type { LexMap } from "#repo/drisl.ts";
import { isMap } from "#repo/lex-json.ts";
import { isAtUri, isDid, type Nsid } from "#repo/syntax.ts";

/** Where the records of a collection name what they are about. */
const SUBJECT_OF_COLLECTION: Record<string, "did" | "strongRef"> = {
  "app.bsky.feed.like": "strongRef",
  "app.bsky.feed.repost": "strongRef",
  "app.bsky.graph.follow": "did",
  "app.bsky.graph.block": "did",
};

/**
 * What a like, repost, follow or block is about: an AT-URI or a DID. Null for
 * all other records, and for those that name nothing of that form.
 */
export function findSubject(collection: Nsid, record: LexMap): string | null {
  if (!Object.hasOwn(SUBJECT_OF_COLLECTION, collection)) return null;
  const { subject } = record;
  if (SUBJECT_OF_COLLECTION[collection] === "did") {
    return typeof subject === "string" && isDid(subject) ? subject : null;
  }
  if (!isMap(subject)) return null;
  const { uri } = subject;
  return typeof uri === "string" && isAtUri(uri) ? uri : null;
}
