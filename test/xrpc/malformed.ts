import type {
  LexXrpcProcedure,
  LexXrpcParameters,
  LexXrpcQuery,
} from "@atproto/lexicon";
import type { CallOptions } from "../support/network.ts";

/** A call that is wrong in one way, and what has to come of it. */
export interface Malformed {
  name: string;
  call: CallOptions;
  status: number;
  error: string;
}

type Definition = LexXrpcQuery | LexXrpcProcedure;
type Param = LexXrpcParameters["properties"][string];

/** As deep as the smallest limit of a body allows. */
const DEEP = "[".repeat(76_000) + "]".repeat(76_000);
/** Texts that are no value of a format. */
const BAD_TEXT: Record<string, string> = {
  did: "did:plc",
  handle: "no handle",
  "at-identifier": "neither",
  nsid: "two.labels",
  cid: "bafy",
  tid: "0000000000000",
  "record-key": "a/b",
  "at-uri": "https://example.com",
  uri: "no uri",
  datetime: "yesterday",
  language: "%",
};

/** All the ways in which a good call can be spoiled without knowing what it means. */
export function malformedCalls(
  definition: Definition,
  good: CallOptions,
  maxBodyBytes: number,
): Malformed[] {
  return [
    ...malformedParams(definition.parameters, good),
    ...(definition.type === "procedure"
      ? malformedInput(definition, good, maxBodyBytes)
      : []),
  ];
}

const refused = (name: string, call: CallOptions): Malformed => ({
  name,
  call,
  status: 400,
  error: "InvalidRequest",
});

function malformedParams(
  definition: LexXrpcParameters | undefined,
  good: CallOptions,
): Malformed[] {
  const withParam = (name: string, value: string | string[] | undefined) => ({
    ...good,
    params: { ...good.params, [name]: value },
  });
  return Object.entries(definition?.properties ?? {}).flatMap(
    ([name, param]) => {
      const isRequired = definition?.required?.includes(name) === true;
      return [
        ...(isRequired
          ? [refused(`no ${name}`, withParam(name, undefined))]
          : []),
        ...(param.type === "array"
          ? []
          : [refused(`${name} twice`, withParam(name, ["1", "1"]))]),
        ...badValues(param).map((value) =>
          refused(`${name} of ${value.slice(0, 20)}`, withParam(name, value)),
        ),
      ];
    },
  );
}

function badValues(param: Param): string[] {
  switch (param.type) {
    case "array":
      return badValues(param.items as Param);
    case "boolean":
      return ["maybe", "1", "TRUE"];
    case "integer":
      return [
        ...["x", "1.5", "1e3", "0x10", " 1", "9".repeat(25)],
        ...(param.minimum === undefined ? [] : [String(param.minimum - 1)]),
        ...(param.maximum === undefined ? [] : [String(param.maximum + 1)]),
      ];
    case "string": {
      const bad = BAD_TEXT[param.format ?? ""];
      return [
        ...(bad === undefined ? [] : [bad]),
        ...(param.maxLength === undefined
          ? []
          : ["x".repeat(param.maxLength + 1)]),
      ];
    }
    default:
      return [];
  }
}

function malformedInput(
  { input }: LexXrpcProcedure,
  good: CallOptions,
  maxBodyBytes: number,
): Malformed[] {
  if (input === undefined) {
    return [refused("a body where there is none", { ...good, input: "{}" })];
  }
  const untyped = refused("no Content-Type", { ...good, type: "" });
  if (input.schema === undefined) return [untyped];
  const body = (value: unknown) => ({ ...good, input: value });
  const tooLarge = JSON.stringify({ x: "x".repeat(maxBodyBytes) });
  return [
    untyped,
    refused("text", { ...good, type: "text/plain" }),
    refused("a form", { ...good, type: "application/x-www-form-urlencoded" }),
    refused("JSON that ends early", body('{"a":')),
    refused("what is no JSON", body("hello")),
    refused("two values", body("{}{}")),
    refused("UTF-8 that is none", body(withBadUtf8(good.input))),
    refused("UTF-16", body(Buffer.from('{"a":1}', "utf16le"))),
    refused("76,000 lists", body(DEEP)),
    refused("76,000 lists in a map", body(`{"a":${DEEP}}`)),
    refused("a list", body("[]")),
    refused("null", body("null")),
    refused("a number", body("1")),
    {
      ...refused("more than fits", body(tooLarge)),
      status: 413,
      error: "PayloadTooLarge",
    },
    {
      ...refused("an encoding that is unknown", {
        ...good,
        headers: { ...good.headers, "content-encoding": "br" },
      }),
      status: 415,
      error: "UnsupportedMediaType",
    },
    refused("gzip that is none", {
      ...good,
      headers: { ...good.headers, "content-encoding": "gzip" },
    }),
    ...malformedProperties(input.schema, good),
  ];
}

/** A good input and one more text, which ends in the middle of a character. */
function withBadUtf8(input: unknown): Uint8Array {
  const text = JSON.stringify({ ...(input as object), unknown: "?" });
  const bytes = new Uint8Array(Buffer.from(text));
  bytes[bytes.lastIndexOf(0x3f)] = 0xc3;
  return bytes;
}

function malformedProperties(
  schema: NonNullable<NonNullable<LexXrpcProcedure["input"]>["schema"]>,
  good: CallOptions,
): Malformed[] {
  if (schema.type !== "object") return [];
  const input = good.input as Record<string, unknown>;
  const change = (name: string, value: unknown) => ({
    ...good,
    input: { ...input, [name]: value },
  });
  const required = (schema.required ?? []).filter(
    (name) => !("default" in schema.properties[name]!),
  );
  return [
    ...(required.length === 0
      ? []
      : [
          refused("nothing", { ...good, input: "" }),
          refused("{}", { ...good, input: "{}" }),
        ]),
    ...required.map((name) => refused(`no ${name}`, change(name, undefined))),
    ...Object.entries(schema.properties).flatMap(([name, property]) =>
      wrongTypes(property).map((value) =>
        refused(`${name} of ${JSON.stringify(value)}`, change(name, value)),
      ),
    ),
  ];
}

function wrongTypes({ type, ...property }: { type: string }): unknown[] {
  switch (type) {
    case "string": {
      const { format } = property as { format?: string };
      const bad = BAD_TEXT[format ?? ""];
      return [1, true, {}, [], ...(bad === undefined ? [] : [bad])];
    }
    case "integer":
      return ["1", 1.5, true, {}];
    case "boolean":
      return ["true", 1, {}];
    case "array":
      return ["x", 1, {}];
    default:
      return [];
  }
}
