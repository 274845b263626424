import type { OwnerHandler } from "./owner.ts";

/** Answers that a browser keeps as a file. */

type Visit = Parameters<OwnerHandler>[1];

/** A reader may pause as long as one of `getRepo`. */
export const STREAM_SEC = 120;

/** A file whose length is not known beforehand. */
export function asStream(
  c: Visit,
  stream: ReadableStream,
  { name, type }: { name: string; type: string },
): Response {
  c.env.server.timeout(c.req.raw, STREAM_SEC);
  if (c.req.method !== "HEAD") return asFile(stream, name, type);
  // Nobody will read it, so what it holds open is let go here.
  stream.cancel().catch(() => undefined);
  return asFile(null, name, type);
}

export function asFile(
  body: BodyInit | null,
  name: string,
  type: string,
): Response {
  return new Response(body, {
    headers: {
      "Content-Type": type,
      "Content-Disposition": `attachment; filename="${name}"`,
      "Content-Security-Policy": "default-src 'none'; sandbox",
      "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff",
    },
  });
}
