import { cidOfRaw, formatCid } from "#repo/cid.ts";
import { batch, batchOfOnePath } from "./batches.ts";
import { cidOfRecord, type AccountModel } from "./model.ts";
import {
  CREATED_AT,
  createNotebook,
  POST,
  type Notebook,
  type Operation,
} from "./notebook.ts";
import type { Random } from "./random.ts";

/**
 * One of the writers of an account. It names paths that no other writer names
 * and makes one call at a time, so what it must find is known exactly.
 */
export interface Lane {
  readonly account: AccountModel;
  next(): Operation;
  /** To be called when a call got no answer: what was to follow it is dropped. */
  forget(): void;
}

const LIKE = "app.bsky.feed.like";
const FOLLOW = "app.bsky.graph.follow";
const PROFILE = "app.bsky.actor.profile";
const NOTE = "com.example.load.note";
const MAX_BATCH = 200;
const MAX_BLOB_BYTES = 30_000;
const SUBJECTS = 4;

type Make = (book: Notebook) => Operation;

/** What writers do, and how often. */
const WRITES: readonly [weight: number, make: Make][] = [
  [20, create],
  [8, createKeyless],
  [6, createEqual],
  [5, createAgain],
  [12, update],
  [3, updateToSame],
  [12, remove],
  [2, removeAbsent],
  [8, createLikes()],
  [3, createFollows()],
  [6, putNote],
  [12, (book) => batch(book, book.random.int(2, 12))],
  [1, (book) => batch(book, MAX_BATCH)],
  [6, batchOfOnePath],
  [5, uploadImage],
];

/** What an account has only one of, and so only one writer changes. */
const OWNED: readonly [weight: number, make: Make][] = [
  [6, putProfile],
  [8, putPreferences],
];

/**
 * @param index Tells the lanes of all accounts apart: 0 to 1023.
 * @param isOwner True for one lane of each account.
 */
export function createLane(
  account: AccountModel,
  options: { index: number; isOwner: boolean; random: Random },
): Lane {
  const { random } = options;
  const book = createNotebook(account, options.index, random);
  const choices = options.isOwner ? [...WRITES, ...OWNED] : WRITES;
  const total = choices.reduce((sum, [weight]) => sum + weight, 0);
  let queued: (() => Operation) | null = null;

  function choose(): Operation {
    let left = random.next() * total;
    const [, make] = choices.find(([weight]) => (left -= weight) < 0)!;
    return make(book);
  }

  return {
    account,
    next() {
      const operation = queued?.() ?? choose();
      queued = operation.next ?? null;
      return operation;
    },
    forget() {
      queued = null;
    },
  };
}

function create(book: Notebook, record = book.newPost()): Operation {
  return book.write("createRecord", `${POST}/${book.newKey()}`, record);
}

function createKeyless(book: Notebook): Operation {
  const record = book.newPost();
  return {
    nsid: "com.atproto.repo.createRecord",
    input: { repo: book.account.did, collection: POST, record },
    effect: {
      paths: new Map(),
      keyless: { collection: POST, cid: cidOfRecord(record) },
    },
  };
}

/** The same words under another key: two records, one block. */
function createEqual(book: Notebook): Operation {
  const path = pickPost(book, "here");
  return create(book, path === null ? book.newPost() : book.lastAt(path)!);
}

/** What was deleted comes back as it was. */
function createAgain(book: Notebook): Operation {
  const path = pickPost(book, "gone");
  if (path === null) return create(book);
  return book.write("createRecord", path, book.lastAt(path)!);
}

function update(book: Notebook): Operation {
  const path = pickPost(book, "here");
  if (path === null) return create(book);
  return book.write("putRecord", path, book.newPost());
}

function updateToSame(book: Notebook): Operation {
  const path = pickPost(book, "here");
  if (path === null) return create(book);
  return book.write("putRecord", path, book.lastAt(path)!);
}

function remove(book: Notebook): Operation {
  const path = pickPost(book, "here");
  if (path === null) return create(book);
  return book.write("deleteRecord", path, null);
}

function removeAbsent(book: Notebook): Operation {
  return book.write("deleteRecord", `${POST}/${book.newKey()}`, null);
}

function pickPost(book: Notebook, which: "here" | "gone"): string | null {
  const paths = book.posts(which);
  return paths.length === 0 ? null : book.random.pick(paths);
}

function createLikes(): Make {
  const likes = createPointers(LIKE);
  return (book) => {
    const key = `${book.index}-${book.random.int(1, SUBJECTS)}`;
    const uri = `at://${book.account.did}/${POST}/${key}`;
    const cid = cidOfRecord({ $type: POST, text: uri });
    return likes(book, uri, { uri, cid });
  };
}

function createFollows(): Make {
  const follows = createPointers(FOLLOW);
  return (book) => {
    const number = book.random.int(1, SUBJECTS);
    const did = `did:web:w${book.index}.s${number}.example.com`;
    return follows(book, did, did);
  };
}

/** Of one subject the newest record stays, and the one before goes in the same commit. */
function createPointers(collection: string) {
  const paths = new WeakMap<Notebook, Map<string, string[]>>();
  return (book: Notebook, key: string, subject: unknown): Operation => {
    const bySubject = paths.get(book) ?? new Map<string, string[]>();
    paths.set(book, bySubject);
    const path = `${collection}/${book.newKey()}`;
    const earlier = bySubject.get(key) ?? [];
    bySubject.set(key, [...earlier, path]);
    const record = { $type: collection, subject, createdAt: CREATED_AT };
    const gone = earlier.filter(book.isHere);
    return book.write("createRecord", path, record, gone);
  };
}

/** No lexicon is known for it, its key is no TID, and it has every kind of value. */
function putNote(book: Notebook): Operation {
  const { index, random } = book;
  const path = `${NOTE}/${index}:n_${random.int(1, 20)}~-.x`;
  return book.write("putRecord", path, {
    $type: NOTE,
    number: random.int(-(2 ** 40), 2 ** 40),
    text: `${book.newText()} ✓ 𝄞 ü`,
    bytes: { $bytes: "aGVsbG8" },
    link: { $link: cidOfRecord({ $type: NOTE }) },
    list: [null, true, [], {}, { deep: [1, { er: "x" }] }],
  });
}

function putProfile(book: Notebook): Operation {
  return book.write("putRecord", `${PROFILE}/self`, {
    $type: PROFILE,
    displayName: book.newText().slice(0, 60),
  });
}

function putPreferences(book: Notebook): Operation {
  const preferences = [
    { $type: "app.bsky.actor.defs#adultContentPref", enabled: false },
    {
      $type: "app.bsky.actor.defs#interestsPref",
      tags: [book.newText().slice(0, 60)],
    },
  ];
  return {
    nsid: "app.bsky.actor.putPreferences",
    input: { preferences },
    effect: { paths: new Map(), preferences },
  };
}

function uploadImage(book: Notebook): Operation {
  const { random } = book;
  const bytes = Buffer.alloc(random.int(100, MAX_BLOB_BYTES)).map(() =>
    random.int(0, 255),
  );
  bytes.set(new TextEncoder().encode("GIF89a"));
  const cid = formatCid(cidOfRaw(bytes));
  const image = {
    $type: "blob",
    ref: { $link: cid },
    mimeType: "image/gif",
    size: bytes.length,
  };
  const embed = {
    $type: "app.bsky.embed.images",
    images: [{ image, alt: "noise" }],
  };
  return {
    nsid: "com.atproto.repo.uploadBlob",
    input: bytes,
    type: "image/gif",
    effect: { paths: new Map(), blob: { cid, bytes } },
    next: () => create(book, book.newPost({ embed })),
  };
}
