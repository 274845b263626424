import { CarReader } from "@ipld/car";
import type { Answer } from "./side.ts";

/** One thing in which two answers differ: where, and what each has. */
export interface Difference {
  where: string;
  ours: string;
  theirs: string;
}

/** Those by which clients do something. */
const HEADERS = [
  "content-type",
  "content-disposition",
  "content-security-policy",
  "x-content-type-options",
  "www-authenticate",
  "location",
  "access-control-allow-origin",
  "access-control-allow-headers",
  "access-control-max-age",
];

/** Texts that are of the same kind and differ from server to server. */
const KINDS: readonly [name: string, pattern: RegExp][] = [
  ["token", /^[\w-]+\.[\w-]+\.[\w-]+$/],
  ["DID", /^did:(plc|web):[\w.:%-]+(#\w+)?$/],
  ["key", /^(did:key:)?z[1-9A-HJ-NP-Za-km-z]{40,}$/],
  ["CID", /^bafyrei[a-z2-7]{52}$/],
  ["TID", /^[2-7a-j][2-7a-z]{12}$/],
  ["time", /^\d{4}-\d\d-\d\dT[\d:.]+Z$/],
  ["app password", /^[a-z2-7]{4}(-[a-z2-7]{4}){3}$/],
  ["invite code", /^localhost-[a-z2-7]{5}-[a-z2-7]{5}$/],
  ["address of a record", /^at:\/\/did:\S+$/],
  ["cursor", /^\d+::\S+$/],
];

/** In which ways the first answer differs from the second; messages are for people, and are left out. */
export async function compareAnswers(
  ours: Answer,
  theirs: Answer,
): Promise<Difference[]> {
  const found: Difference[] = [];
  const told = (where: string, a: unknown, b: unknown) =>
    found.push({ where, ours: show(a), theirs: show(b) });
  const [a, b] = [outcomeOf(ours), outcomeOf(theirs)];
  if (a !== b) told("outcome", a, b);
  if (ours.status >= 300 || theirs.status >= 300) return found;
  for (const name of HEADERS) {
    const [x, y] = [ours, theirs].map(({ headers }) => tidy(headers[name]));
    if (x !== y) told(name, x, y);
  }
  compareValues(await bodyOf(ours), await bodyOf(theirs), "body", told);
  return found;
}

/** Everything of a failure that a program looks at. */
function outcomeOf({ status, json }: Answer): string {
  return status < 400 ? String(status) : `${status} ${json?.error ?? ""}`;
}

/** The same header may be spelled in several ways. */
function tidy(value = ""): string {
  return value.replace(/; */g, "; ").replace(/; charset=utf-8$/i, "");
}

async function bodyOf({ headers, bytes, json }: Answer): Promise<unknown> {
  if (json !== undefined) return json;
  if (!headers["content-type"]?.includes("vnd.ipld.car")) {
    return bytes.toString("latin1");
  }
  const car = await CarReader.fromBytes(bytes);
  const blocks = (await Array.fromAsync(car.blocks())).length;
  return { roots: (await car.getRoots()).length, blocks };
}

type Tell = (where: string, ours: unknown, theirs: unknown) => void;

function compareValues(
  ours: unknown,
  theirs: unknown,
  where: string,
  tell: Tell,
): void {
  const [a, b] = [plain(ours), plain(theirs)];
  if (isObject(a) && isObject(b) && Array.isArray(a) === Array.isArray(b)) {
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
      compareValues(a[key], b[key], `${where}.${key}`, tell);
    }
  } else if (a !== b && (kindOf(a) ?? a) !== (kindOf(b) ?? b)) {
    tell(where, a, b);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function kindOf(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  return KINDS.find(([, pattern]) => pattern.test(value))?.[0];
}

/** Without the port, which no server chooses; what is absent is as false. */
function plain(value: unknown): unknown {
  if (value === false) return undefined;
  return typeof value === "string"
    ? value.replace(/localhost:\d+/g, "host")
    : value;
}

/** Short, and the same in every run. */
function show(value: unknown): string {
  if (value === undefined || value === "") return "–";
  const kind = kindOf(value);
  if (kind !== undefined) return `(${kind})`;
  if (isObject(value)) return `(${Array.isArray(value) ? "list" : "object"})`;
  return String(value).replace(/\s+/g, " ").slice(0, 60);
}
