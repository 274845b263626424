import type { Child } from "hono/jsx";
import type { JsonValue } from "#repo/lex-json.ts";
import { isAtUri, isDid, parseAtUri } from "#repo/syntax.ts";
import { hrefWith } from "#edge/web/parts.tsx";

/**
 * A record as JSON, with links where it names records, accounts and files.
 * Whatever somebody wrote into it is text.
 */
export function Json({ value, own }: { value: JsonValue; own: string }) {
  return (
    <pre tabindex={0}>
      <code>{write(value, own, "")}</code>
    </pre>
  );
}

const STEP = "  ";

function write(value: JsonValue, own: string, indent: string): Child {
  if (typeof value === "string") return writeText(value, own);
  if (typeof value !== "object" || value === null) return String(value);
  const inner = indent + STEP;
  const isList = Array.isArray(value);
  const entries = isList ? value.map((item) => ["", item] as const) : null;
  const all = entries ?? Object.entries(value);
  const [open, close] = isList ? ["[", "]"] : ["{", "}"];
  if (all.length === 0) return `${open}${close}`;
  return (
    <>
      {`${open}\n`}
      {all.map(([key, item], index) => (
        <>
          {isList ? inner : `${inner}${JSON.stringify(key)}: `}
          {key === "$link" && typeof item === "string" ? (
            <Link text={item} href={fileHref(item)} />
          ) : (
            write(item, own, inner)
          )}
          {index === all.length - 1 ? "\n" : ",\n"}
        </>
      ))}
      {`${indent}${close}`}
    </>
  );
}

function writeText(text: string, own: string): Child {
  const href = hrefOf(text, own);
  return href === null ? (
    JSON.stringify(text)
  ) : (
    <Link text={text} href={href} />
  );
}

function Link({ text, href }: { text: string; href: string }) {
  return (
    <>
      {'"'}
      <a href={href}>{text}</a>
      {'"'}
    </>
  );
}

/** Own records are looked at here; the rest is asked for through this server. */
function hrefOf(text: string, own: string): string | null {
  if (isDid(text)) {
    return hrefWith("/xrpc/com.atproto.identity.resolveDid", { did: text });
  }
  if (!isAtUri(text)) return null;
  const parts = parseAtUri(text);
  const { collection, rkey } = parts;
  const repo = text.slice("at://".length).split("/", 1)[0]!;
  if (collection == null || rkey == null) return null;
  return repo === own
    ? recordHref(collection, rkey)
    : hrefWith("/xrpc/com.atproto.repo.getRecord", { repo, collection, rkey });
}

export const recordHref = (collection: string, rkey: string): string =>
  hrefWith("/account/repo/record", { c: collection, k: rkey });

export const collectionHref = (collection: string): string =>
  hrefWith("/account/repo/collection", { c: collection });

const fileHref = (cid: string): string =>
  hrefWith("/account/media/file", { cid });

/** Of a record in the collection and key form that events and reports have. */
export function hrefOfPath(path: string): string {
  const slash = path.indexOf("/");
  return recordHref(path.slice(0, slash), path.slice(slash + 1));
}
