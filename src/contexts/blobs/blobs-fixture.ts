import { afterEach, beforeEach } from "bun:test";
import { cidOfCbor, formatCid, type CidBytes } from "#repo/cid.ts";
import { encodeDrisl } from "#repo/drisl.ts";
import { jsonToRecord } from "#repo/lex-json.ts";
import type { Did, Nsid, RecordKey } from "#repo/syntax.ts";
import type { Caller, SessionScope } from "#contexts/security/caller.ts";
import { createBlobs, type Blobs } from "./blobs.ts";
import { createTestHost, type TestHost } from "./test-host.ts";

export const alice = "did:plc:alice" as Did;
export const bob = "did:plc:bob" as Did;
export const PNG = new Uint8Array(
  Buffer.from("\x89PNG\r\n\x1a\n----", "latin1"),
);
export const TEXT = new TextEncoder().encode("hello");
export const COLLECTION = "com.example.pic" as Nsid;

export let host: TestHost;
export let blobs: Blobs;

/** Gives each test of a file a host with two accounts. */
export function useBlobs(): void {
  beforeEach(() => {
    host = createTestHost();
    host.addAccount({ did: alice, handle: "alice.test" });
    host.addAccount({ did: bob, handle: "bob.test" });
    blobs = createBlobs({ ...host, maxUploadBytes: 1000 });
  });
  afterEach(() => host.close());
}

export const as = (did: Did, scope: SessionScope = "access"): Caller => ({
  kind: "session",
  did,
  scope,
  sessionId: "s",
});
export const owner = as(alice);
export const anyone: Caller = { kind: "anonymous" };

export function upload(bytes: Uint8Array, more: object = {}) {
  return blobs.uploadBlob({
    caller: owner,
    body: new Blob([bytes as Uint8Array<ArrayBuffer>]).stream(),
    contentType: "text/plain",
    contentLength: bytes.length,
    ...more,
  });
}

/** Writes or removes a record of alice's that names these blobs. */
export function reference(
  rkey: string,
  cids: CidBytes[] | null,
  json: object = {},
) {
  const bytes = encodeDrisl(jsonToRecord({ rkey, ...json }));
  return host.apply(
    alice,
    [
      {
        collection: COLLECTION,
        rkey: rkey as RecordKey,
        cid: cids === null ? null : cidOfCbor(bytes),
        blobs: cids ?? [],
        subject: null,
      },
    ],
    new Map([[`${COLLECTION}/${rkey}`, bytes]]),
  );
}

export const get = (cid: CidBytes, caller: Caller = anyone, did = alice) =>
  blobs.getBlob({ did, cid: formatCid(cid) }, caller);

export async function contentOf(blob: { stream: ReadableStream<Uint8Array> }) {
  return new Uint8Array(await new Response(blob.stream).arrayBuffer());
}
