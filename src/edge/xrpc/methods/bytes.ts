import type { BlobContent, Contexts } from "#edge/contexts.ts";
import { contentLengthOf } from "#edge/xrpc/body.ts";
import type { Call } from "#edge/xrpc/method.ts";
import { guardStream } from "#edge/xrpc/outgoing.ts";

type Bytes = ReadableStream<Uint8Array> | Uint8Array;

/** An answer in the archive format of repositories. */
export async function car(
  call: Call,
  bytes: Promise<Bytes> | Bytes,
): Promise<Response> {
  const body = await bytes;
  return new Response(
    body instanceof ReadableStream
      ? guardStream(body, call)
      : (body as Uint8Array<ArrayBuffer>),
    {
      headers: {
        "Content-Type": "application/vnd.ipld.car",
        ...(body instanceof Uint8Array && {
          "Content-Length": String(body.length),
        }),
      },
    },
  );
}

/**
 * A file that somebody uploaded. It may be anything, so a browser is told to
 * run none of it and to show none of it as a page of ours.
 */
export async function getBlob(
  { blobs }: Pick<Contexts, "blobs">,
  { params, caller }: Call,
): Promise<Response> {
  const blob = await blobs.getBlob(params, caller);
  return new Response(blob.stream, {
    headers: blobHeaders(blob, params.cid as string),
  });
}

/** Whatever it is, it runs nowhere and is no page of ours. */
export function blobHeaders({ mimeType, sizeBytes }: BlobContent, cid: string) {
  return {
    "Content-Type": mimeType || "application/octet-stream",
    "Content-Length": String(sizeBytes),
    "Content-Disposition": `attachment; filename="${cid}"`,
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
  };
}

export function uploadBlob(
  { blobs }: Pick<Contexts, "blobs">,
  { body, caller, request: { headers } }: Call,
): object | Promise<object> {
  const isEncoded = headers.has("content-encoding");
  return blobs.uploadBlob({
    caller,
    body: body!,
    contentType: headers.get("content-type"),
    contentLength: isEncoded ? null : contentLengthOf(headers),
  });
}

/** Its lexicon wants an empty answer. */
export async function importRepo(
  { migration }: Pick<Contexts, "migration">,
  { body, caller }: Call,
): Promise<void> {
  await migration.importRepo({ caller, body: body! });
}
