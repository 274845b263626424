import type { Clock } from "#lib/clock.ts";
import { XrpcError } from "#lib/errors.ts";
import { TAR_END, tarFile } from "#lib/tar.ts";
import type { Did } from "#repo/syntax.ts";
import type { Blobs } from "#contexts/blobs/blobs.ts";
import type { Media, OwnBlob } from "#contexts/blobs/media.ts";
import type { Preferences } from "#contexts/records/preferences.ts";
import type { SessionCaller } from "#contexts/security/caller.ts";
import type { OpenExport, Sync } from "./sync.ts";

/** All that an account has here, in one file. */
export interface Archives {
  /**
   * A tar of `preferences.json`, `repo.car`, `blobs/CID` and, where something
   * is not to be had, `missing.txt`; made as fast as it is read, a file at a
   * time. Counts as an export until it is read to the end or cancelled.
   * @throws XrpcError RepoNotFound
   * @throws XrpcError ServiceUnavailable when too many exports are under way.
   * @throws XrpcError RateLimitExceeded when the account has two under way.
   */
  open(caller: SessionCaller): ReadableStream<Uint8Array>;
}

export interface ArchiveDeps {
  sync: Pick<Sync, "openExport">;
  preferences: Pick<Preferences, "getPreferences">;
  blobs: Pick<Blobs, "getBlob" | "listMissingBlobs">;
  media: Pick<Media, "list">;
  clock: Clock;
  /** A file that takes its reader longer ends the archive. */
  maxFileMs: number;
}

const MOST_AT_ONCE = 2;
const PAGE = 100;
/** Where `missing.txt` stops naming and goes on counting. */
const MAX_MISSING_BYTES = 1024 * 1024;

export function createArchives(deps: ArchiveDeps): Archives {
  const openByDid = new Map<Did, number>();

  function enter(did: Did): () => void {
    const open = openByDid.get(did) ?? 0;
    if (open >= MOST_AT_ONCE) {
      throw new XrpcError(
        "RateLimitExceeded",
        "Your data is being downloaded already; wait until that is done",
        { retryAfterSec: 30 },
      );
    }
    openByDid.set(did, open + 1);
    return () => {
      const left = openByDid.get(did)! - 1;
      if (left > 0) openByDid.set(did, left);
      else openByDid.delete(did);
    };
  }

  return {
    open(caller) {
      const leave = enter(caller.did);
      let repo: OpenExport;
      try {
        repo = deps.sync.openExport({ did: caller.did }, caller);
      } catch (error) {
        leave();
        throw error;
      }
      return streamFiles({
        files: (onFile) => writeFiles(deps, { caller, repo, onFile }),
        maxFileMs: deps.maxFileMs,
        onEnd() {
          repo.close();
          leave();
        },
      });
    },
  };
}

async function* writeFiles(
  deps: ArchiveDeps,
  given: { caller: SessionCaller; repo: OpenExport; onFile(): void },
): AsyncGenerator<Uint8Array> {
  const { caller, repo, onFile } = given;
  const nowMs = deps.clock.nowMs();
  async function* file(
    name: string,
    content: { sizeBytes: number; stream: ReadableStream<Uint8Array> },
    modifiedAtMs = nowMs,
  ): AsyncGenerator<Uint8Array> {
    onFile();
    const { sizeBytes, stream } = content;
    try {
      yield* tarFile({ name, sizeBytes, modifiedAtMs }, stream);
    } finally {
      // Of no effect where it was read; else its file has to be closed.
      await stream.cancel().catch(() => undefined);
    }
  }
  const preferences = deps.preferences.getPreferences(caller);
  const json = JSON.stringify(preferences, null, 2);
  yield* file("preferences.json", inMemory(json));
  const sizeBytes = await repo.measure();
  yield* file("repo.car", { sizeBytes, stream: repo.read() });
  const missing = createMissing();
  for (const blob of listFiles(deps.media, caller.did)) {
    const found = await findBlob(deps.blobs, caller, blob);
    const { cid, uploadedAtMs } = blob;
    if (found === null) missing.add(cid, whyNot(blob));
    else yield* file(`blobs/${cid}`, found, uploadedAtMs);
  }
  await addNeverUploaded(deps.blobs, caller, missing);
  const text = missing.text();
  if (text !== "") yield* file("missing.txt", inMemory(text));
  yield TAR_END;
}

function inMemory(text: string) {
  const blob = new Blob([text]);
  return { sizeBytes: blob.size, stream: blob.stream() };
}

/** All that the owner has uploaded, whether a record names it or not. */
function* listFiles(media: Pick<Media, "list">, did: Did): Generator<OwnBlob> {
  let cursor: string | null = null;
  do {
    const page: ReturnType<Media["list"]> = media.list(did, {
      cursor,
      limit: PAGE,
    });
    yield* page.blobs;
    ({ cursor } = page);
  } while (cursor !== null);
}

async function findBlob(
  blobs: ArchiveDeps["blobs"],
  caller: SessionCaller,
  { cid }: OwnBlob,
) {
  try {
    return await blobs.getBlob({ did: caller.did, cid }, caller);
  } catch (error) {
    if (error instanceof XrpcError && error.error === "BlobNotFound") {
      return null;
    }
    throw error;
  }
}

const whyNot = ({ isTakenDown }: OwnBlob) =>
  isTakenDown ? "taken down by the operator" : "its bytes are not here";

async function addNeverUploaded(
  blobs: ArchiveDeps["blobs"],
  caller: SessionCaller,
  missing: ReturnType<typeof createMissing>,
): Promise<void> {
  let cursor: string | undefined;
  do {
    const page = await blobs.listMissingBlobs(
      { limit: PAGE, ...(cursor !== undefined && { cursor }) },
      caller,
    );
    for (const { cid, recordUri } of page.blobs) {
      missing.add(cid, `never uploaded here, named by ${recordUri}`);
    }
    cursor = page.blobs.length < PAGE ? undefined : page.cursor;
  } while (cursor !== undefined);
}

/** What could not be put in, a line each, up to a size. */
function createMissing() {
  let text = "";
  let unnamed = 0;
  return {
    add(cid: string, why: string): void {
      const line = `${cid}\t${why}\n`;
      if (text.length + line.length > MAX_MISSING_BYTES) unnamed++;
      else text += line;
    },
    text: () => (unnamed === 0 ? text : `${text}and ${unnamed} more\n`),
  };
}

/** The files as a stream, which breaks when a file takes its reader too long. */
function streamFiles(options: {
  files(onFile: () => void): AsyncGenerator<Uint8Array>;
  maxFileMs: number;
  onEnd(): void;
}): ReadableStream<Uint8Array> {
  const { maxFileMs, onEnd } = options;
  let isEnded = false;
  let fail: (error: unknown) => void = () => {};
  const deadline = setTimeout(() => {
    fail(new XrpcError("RequestTimeout", "The export took too long"));
    end();
  }, maxFileMs);
  const files = options.files(() => void deadline.refresh());
  function end(): void {
    if (isEnded) return;
    isEnded = true;
    clearTimeout(deadline);
    // What is being read is let go first; until then it holds its place.
    void files
      .return(undefined)
      .catch(() => undefined)
      .finally(onEnd);
  }
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        fail = (error) => controller.error(error);
      },
      async pull(controller) {
        try {
          const { done, value } = await files.next();
          if (isEnded) return;
          if (done !== true) return controller.enqueue(value);
          end();
          controller.close();
        } catch (error) {
          end();
          controller.error(error);
        }
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  );
}
