import { SafeFetchError } from "./fetch-target.ts";

/**
 * Reads a body up to a limit.
 * @throws SafeFetchError size as soon as the limit is passed; nothing more is read then.
 */
export async function readBounded(
  response: Response,
  maxBytes: number,
  href: string,
): Promise<Uint8Array> {
  refuseDeclaredSize(response, maxBytes, href);
  if (response.body === null) return new Uint8Array(0);
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    sizeBytes += value.length;
    if (sizeBytes > maxBytes) {
      await reader.cancel().catch(() => undefined);
      throw tooLarge(maxBytes, href);
    }
    chunks.push(value);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/**
 * Undoes Content-Encoding here rather than in the HTTP client, so that the
 * limit counts what comes out: a few kilobytes may hold gigabytes.
 * @throws SafeFetchError size or encoding
 */
export async function decodeContent(
  bytes: Uint8Array,
  encoding: string | null,
  maxBytes: number,
  href: string,
): Promise<Uint8Array> {
  const name = (encoding ?? "").trim().toLowerCase();
  if (name === "" || name === "identity" || bytes.length === 0) return bytes;
  const zlib = await import("node:zlib");
  const options = { maxOutputLength: maxBytes };
  try {
    switch (name) {
      case "gzip":
      case "x-gzip":
        return new Uint8Array(zlib.gunzipSync(bytes, options));
      case "deflate":
        return new Uint8Array(zlib.inflateSync(bytes, options));
      case "br":
        return new Uint8Array(zlib.brotliDecompressSync(bytes, options));
      case "zstd":
        return new Uint8Array(zlib.zstdDecompressSync(bytes, options));
    }
  } catch (cause) {
    if ((cause as { code?: string }).code === "ERR_BUFFER_TOO_LARGE") {
      throw tooLarge(maxBytes, href);
    }
    throw new SafeFetchError("encoding", "body is garbled", href, cause);
  }
  throw new SafeFetchError(
    "encoding",
    "body in an encoding that was not asked for",
    href,
  );
}

export interface StreamLimits {
  maxBytes: number;
  /** Longest silence between two chunks. */
  idleTimeoutMs: number;
}

/**
 * The same body, ended with an error when it is too large or falls silent.
 * `close` runs once, however it ends; it must release the connection.
 */
export function boundStream(
  body: ReadableStream<Uint8Array>,
  limits: StreamLimits,
  href: string,
  close: (reason?: unknown) => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let sizeBytes = 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await readSoon(reader, limits, href);
        if (done) {
          close();
          controller.close();
          return;
        }
        sizeBytes += value.length;
        if (sizeBytes > limits.maxBytes) throw tooLarge(limits.maxBytes, href);
        controller.enqueue(value);
      } catch (error) {
        close(error);
        controller.error(error);
      }
    },
    cancel(reason) {
      close(reason ?? new Error("cancelled"));
    },
  });
}

async function readSoon(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  limits: StreamLimits,
  href: string,
) {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new SafeFetchError("timeout", "the body fell silent", href)),
    limits.idleTimeoutMs,
  );
  try {
    return await Promise.race([reader.read(), promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** @throws SafeFetchError size when the header alone shows that the body is too large. */
export function refuseDeclaredSize(
  response: Response,
  maxBytes: number,
  href: string,
): void {
  const declared = Number(response.headers.get("content-length") ?? 0);
  if (declared > maxBytes) {
    response.body?.cancel().catch(() => undefined);
    throw tooLarge(maxBytes, href);
  }
}

function tooLarge(maxBytes: number, href: string): SafeFetchError {
  return new SafeFetchError("size", `body above ${maxBytes} bytes`, href);
}
