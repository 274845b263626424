import { XrpcError } from "#lib/errors.ts";
import { asRefusal, contentLengthOf, mediaTypeOf } from "#edge/xrpc/body.ts";

/** No form or protocol message comes near this. */
const MAX_BYTES = 64 * 1024;

/** Fields of a form, or members of a JSON object. */
export type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads a small body of either form. A field that comes twice is refused,
 * because two readers could take different ones.
 * @throws XrpcError PayloadTooLarge, UnsupportedMediaType, InvalidRequest
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-3.2
 */
export async function readFields(request: Request): Promise<Fields> {
  const type = mediaTypeOf(request.headers);
  const isForm = type === "application/x-www-form-urlencoded";
  if (!isForm && type !== "application/json") {
    throw new XrpcError("UnsupportedMediaType", "Send a form or JSON");
  }
  const text = await readText(request);
  return isForm ? parseForm(text) : parseObject(text);
}

/** All values of each field, for forms of pages, where boxes share a name. */
export async function readForm(
  request: Request,
  maxBytes = MAX_BYTES,
): Promise<URLSearchParams> {
  const type = mediaTypeOf(request.headers);
  if (type !== "application/x-www-form-urlencoded") {
    throw new XrpcError("UnsupportedMediaType", "Send a form");
  }
  return new URLSearchParams(await readText(request, maxBytes));
}

/** The same from a script of the page, as JSON: a list is a field with several values. */
export async function readJsonForm(request: Request): Promise<URLSearchParams> {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(await readFields(request))) {
    for (const one of [value].flat()) {
      if (typeof one === "string") form.append(name, one);
    }
  }
  return form;
}

async function readText(
  request: Request,
  maxBytes = MAX_BYTES,
): Promise<string> {
  const { headers, body } = request;
  if (headers.has("content-encoding")) {
    throw new XrpcError(
      "UnsupportedMediaType",
      "Compressed bodies are refused",
    );
  }
  if ((contentLengthOf(headers) ?? 0) > maxBytes) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of body ?? []) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    throw asRefusal(error);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parseForm(text: string): Fields {
  const fields: Record<string, string> = Object.create(null);
  for (const [name, value] of new URLSearchParams(text)) {
    if (name in fields) {
      throw new XrpcError("InvalidRequest", `${name} is given twice`).because(
        "fieldTwice",
        { name },
      );
    }
    fields[name] = value;
  }
  return { ...fields };
}

function parseObject(text: string): Fields {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return value as Fields;
    }
  } catch {
    // Told below.
  }
  throw new XrpcError("InvalidRequest", "The body is no JSON object");
}

function tooLarge(): XrpcError {
  return new XrpcError("PayloadTooLarge", "The body is too large");
}
