import { cidOfRecord, type Json } from "./model.ts";
import { POST, type Notebook, type Operation } from "./notebook.ts";

const BATCH = "com.atproto.repo.applyWrites";

type Write = [path: string, record: Json | null];

/** Writes to paths that differ, in one commit. */
export function batch(book: Notebook, size: number): Operation {
  const { random } = book;
  const writes: Write[] = [];
  const free = book.posts("here");
  for (let i = 0; i < size; i++) {
    const isNew = free.length === 0 || random.next() < 0.6;
    if (isNew) {
      writes.push([`${POST}/${book.newKey()}`, book.newPost()]);
      continue;
    }
    const [path] = free.splice(random.int(0, free.length - 1), 1);
    writes.push([path!, random.next() < 0.5 ? book.newPost() : null]);
  }
  return batchOf(book, writes);
}

/** Several writes to one path, and one beside them: only the end shows. */
export function batchOfOnePath(book: Notebook): Operation {
  const { random } = book;
  const here = book.posts("here");
  const isOld = here.length > 0 && random.next() < 0.6;
  const path = isOld ? random.pick(here) : `${POST}/${book.newKey()}`;
  const writes: Write[] = [[`${POST}/${book.newKey()}`, book.newPost()]];
  let exists = isOld;
  for (let i = random.int(2, 4); i > 0; i--) {
    const isGone = exists && random.next() < 0.5;
    const again = random.next() < 0.3 ? book.lastAt(path) : undefined;
    writes.push([path, isGone ? null : (again ?? book.newPost())]);
    exists = !isGone;
  }
  return batchOf(book, writes);
}

function batchOf(book: Notebook, writes: readonly Write[]): Operation {
  const paths = new Map<string, string | null>();
  const list = writes.map(([path, record]) => {
    const [collection, rkey] = path.split("/");
    const exists = paths.has(path)
      ? paths.get(path) !== null
      : book.isHere(path);
    paths.set(path, record === null ? null : cidOfRecord(record));
    if (record === null) return { $type: `${BATCH}#delete`, collection, rkey };
    book.note(path, record);
    const action = exists ? "update" : "create";
    return { $type: `${BATCH}#${action}`, collection, rkey, value: record };
  });
  const input = { repo: book.account.did, writes: list };
  return { nsid: BATCH, input, effect: { paths } };
}
