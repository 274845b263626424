import type { LexXrpcProcedure, LexXrpcQuery } from "@atproto/lexicon";
import { createLexicons } from "#contexts/lexicons/lexicons.ts";
import { type Method } from "#edge/xrpc/method.ts";
import { prepareMethod, type PreparedMethod } from "#edge/xrpc/prepare.ts";
import { METHODS } from "#edge/xrpc/registry.ts";
import { XrpcError } from "#lib/errors.ts";
import { BlockError } from "#repo/errors.ts";
import { encodeDrisl } from "#repo/drisl.ts";
import { jsonToRecord, type JsonValue } from "#repo/lex-json.ts";
import type { Nsid } from "#repo/syntax.ts";
import type { Random } from "../../support/random.ts";
import type { Target } from "../engine.ts";
import { accepted, same, textOf } from "../expect.ts";
import { valueOf } from "../schemas.ts";
import { damageText } from "../texts.ts";
import { damageJson } from "../values.ts";

/** What comes with a call, before anybody has looked at who calls: parameters and bodies of each method. */

const lexicons = createLexicons();
const prepared = Object.entries(METHODS).map(([nsid, method]) =>
  prepareMethod(lexicons, nsid, method as Method),
);
const byNsid = new Map(prepared.map((method) => [method.nsid, method]));

const definitionOf = (nsid: string) =>
  lexicons.find(nsid) as LexXrpcQuery | LexXrpcProcedure;

/** Inputs name their method, so that each stands for itself. */
function split(
  input: string,
): [method: PreparedMethod | undefined, rest: string] {
  const space = input.indexOf(" ");
  return [byNsid.get(input.slice(0, space)), input.slice(space + 1)];
}

const withParams = prepared.filter(
  ({ nsid }) => definitionOf(nsid).parameters !== undefined,
);

function makeQuery(random: Random, { nsid }: PreparedMethod): string {
  const { parameters } = definitionOf(nsid);
  const values = valueOf(random, lexicons.lexicons, nsid, parameters!);
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values as object)) {
    for (const one of [value].flat()) query.append(name, String(one));
  }
  return query.toString();
}

const query: Target = {
  name: "query string",
  make(random) {
    const method = random.pick(withParams);
    const examples = [makeQuery(random, method), makeQuery(random, method)];
    const units = ["&", "=", "%", "+", "[]", "%00", "&limit=", "&cursor="];
    return `${method.nsid} ${damageText(random, examples, units)}`;
  },
  check(input) {
    const [method, text] = split(textOf(input));
    if (method === undefined) return false;
    const params = refusedAs400(() => method.readParams(text));
    if (params === undefined) return false;
    const { nsid } = method;
    const official = lexicons.lexicons.assertValidXrpcParams(nsid, params);
    same("parameters", params, official ?? params);
    return true;
  },
};

const withBody = prepared.filter(({ body }) => body.kind === "json");

const body: Target = {
  name: "JSON body",
  make(random) {
    const { nsid } = random.pick(withBody);
    const { input } = definitionOf(nsid) as LexXrpcProcedure;
    const json = valueOf(random, lexicons.lexicons, nsid, input!.schema!);
    const isWhole = random.next() < 0.1;
    return `${nsid} ${JSON.stringify(isWhole ? json : damageJson(random, json))}`;
  },
  check(input) {
    const [method, text] = split(textOf(input));
    if (method?.body.kind !== "json") return false;
    const json = accepted(() => JSON.parse(text) as unknown, SyntaxError);
    // The depth is bounded before a body gets as far as this.
    if (json === undefined || isDeep(json)) return false;
    const { check } = method.body;
    return refusedAs400(() => check(json)) !== undefined;
  },
};

const COLLECTIONS = lexicons
  .list()
  .filter((nsid) => lexicons.find(nsid)?.type === "record") as Nsid[];

/** Records of all collections, as a client would send them. */
const record: Target = {
  name: "record",
  make(random) {
    const collection = random.pick(COLLECTIONS);
    const schema = lexicons.findRecord(collection)!.record;
    const json = valueOf(random, lexicons.lexicons, collection, schema);
    const whole = { ...(json as object), $type: collection } as JsonValue;
    const isWhole = random.next() < 0.1;
    return `${collection} ${JSON.stringify(isWhole ? whole : damageJson(random, whole))}`;
  },
  check(input) {
    const text = textOf(input);
    const space = text.indexOf(" ");
    const collection = text.slice(0, space) as Nsid;
    const json = accepted(
      () => JSON.parse(text.slice(space + 1)) as unknown,
      SyntaxError,
    );
    if (json === undefined) return false;
    const found = accepted(() => jsonToRecord(json), BlockError);
    if (found === undefined) return false;
    found["$type"] = collection;
    const bytes = accepted(() => encodeDrisl(found), BlockError);
    const status = refusedAs400(() =>
      lexicons.validateRecord(collection, found, undefined),
    );
    return bytes !== undefined && status === "valid";
  },
};

function refusedAs400<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof XrpcError)) throw error;
    same("status", error.status, 400);
    return undefined;
  }
}

function isDeep(value: unknown, depth = 0): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (depth >= 128) return true;
  return Object.values(value).some((child) => isDeep(child, depth + 1));
}

export const REQUESTS: readonly Target[] = [query, body, record];
