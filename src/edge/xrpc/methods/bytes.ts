import type { BlobContent, Contexts } from "#edge/contexts.ts";
import { hasTag } from "#edge/http/whole-body.ts";
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
 * run none of it and to show none of it as a page of ours. Whoever has it
 * already gets no more than a head; a part of it (`Range`) the runtime cuts out
 * of the file's own stream.
 */
export async function getBlob(
  { blobs }: Pick<Contexts, "blobs">,
  { params, caller, request }: Call,
): Promise<Response> {
  const blob = await blobs.getBlob(params, caller);
  const cid = params.cid as string;
  // What bears a CID never changes.
  const tag = `"${cid}"`;
  if (hasTag(request.headers.get("if-none-match"), tag)) {
    await blob.stream.cancel();
    return new Response(null, { status: 304, headers: { ETag: tag } });
  }
  return new Response(blob.stream, {
    headers: {
      ...blobHeaders(blob, cid),
      // With a part the runtime says so itself, and would say it twice.
      ...(!request.headers.has("range") && { "Accept-Ranges": "bytes" }),
      ETag: tag,
    },
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
