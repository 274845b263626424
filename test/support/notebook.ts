import { tidFromMicros } from "#repo/tid.ts";
import {
  cidOfRecord,
  type AccountModel,
  type Effect,
  type Json,
} from "./model.ts";
import type { Random } from "./random.ts";

/** One call, and what it does if it happens. */
export interface Operation {
  nsid: string;
  input: unknown;
  /** Content type, when the input is bytes. */
  type?: string;
  effect: Effect;
  /** The call to make once this one is answered. */
  next?: () => Operation;
}

export const POST = "app.bsky.feed.post";
export const CREATED_AT = "2026-01-02T03:04:05.678Z";

/** Any moment; keys only have to differ. */
const FIRST_KEY_MICROS = 1_750_000_000_000_000;

/** What one writer of an account remembers: the paths that are its own, and what it wrote there. */
export interface Notebook {
  readonly account: AccountModel;
  readonly index: number;
  readonly random: Random;
  /** A record key that no other writer uses. */
  newKey(): string;
  /** Words that no other record has. */
  newText(): string;
  newPost(more?: Json): Json;
  isHere(path: string): boolean;
  /** Paths of own posts that are there, or that were. */
  posts(which: "here" | "gone"): string[];
  /** What was last written at an own path. */
  lastAt(path: string): Json | undefined;
  note(path: string, record: Json): void;
  /** A call that writes, or with null deletes, one record, and what else goes with it. */
  write(
    method: "createRecord" | "putRecord" | "deleteRecord",
    path: string,
    record: Json | null,
    alsoGone?: readonly string[],
  ): Operation;
}

/** @param index Tells the writers of all accounts apart: 0 to 1023. */
export function createNotebook(
  account: AccountModel,
  index: number,
  random: Random,
): Notebook {
  const written = new Map<string, Json>();
  let keys = 0;
  let texts = 0;
  const isHere = (path: string) => account.records.has(path);
  const newText = () =>
    `${index}.${texts++} ${"lorem ipsum ".repeat(random.int(0, 20))}`;

  return {
    account,
    index,
    random,
    newKey: () => tidFromMicros(FIRST_KEY_MICROS + keys++, index),
    newText,
    newPost: (more = {}) => ({
      $type: POST,
      text: newText(),
      createdAt: CREATED_AT,
      ...more,
    }),
    isHere,
    posts: (which) =>
      [...written.keys()].filter(
        (path) => path.startsWith(POST) && isHere(path) === (which === "here"),
      ),
    lastAt: (path) => written.get(path),
    note: (path, record) => void written.set(path, record),
    write(method, path, record, alsoGone = []) {
      const [collection, rkey] = path.split("/");
      const paths = new Map<string, string | null>();
      for (const gone of alsoGone) paths.set(gone, null);
      if (record !== null) written.set(path, record);
      paths.set(path, record === null ? null : cidOfRecord(record));
      const input = { repo: account.did, collection, rkey };
      return {
        nsid: `com.atproto.repo.${method}`,
        input: record === null ? input : { ...input, record },
        effect: { paths },
      };
    },
  };
}
