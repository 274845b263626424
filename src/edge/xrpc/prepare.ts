import {
  jsonStringToLex,
  type LexXrpcProcedure,
  type LexXrpcQuery,
} from "@atproto/lexicon";
import type { Lexicons } from "#contexts/lexicons/lexicons.ts";
import { invalidRequest } from "#lib/errors.ts";
import type { Method } from "./method.ts";
import { createParamsReader, type ParamsReader } from "./params.ts";

/** A row of the registry together with what its lexicon says, worked out once. */
export interface PreparedMethod {
  nsid: string;
  method: Method;
  verb: "GET" | "POST";
  readParams: ParamsReader;
  body: BodyRule;
  /** Error names that the lexicon or the row declares. */
  errors: ReadonlySet<string>;
  /** @throws ValidationError when an answer doesn't fit the lexicon. */
  checkOutput(reply: unknown): void;
}

export type BodyRule =
  | { kind: "none" }
  | { kind: "bytes"; acceptsType(mediaType: string): boolean }
  | {
      kind: "json";
      acceptsType(mediaType: string): boolean;
      /** No property is required, so that nothing at all is input too. */
      isOptional: boolean;
      /** @throws XrpcError InvalidRequest */
      check(value: unknown): unknown;
    };

export function prepareMethod(
  lexicons: Lexicons,
  nsid: string,
  method: Method,
): PreparedMethod {
  const definition = lexicons.find(nsid);
  if (definition?.type !== "query" && definition?.type !== "procedure") {
    throw new Error(`${nsid} has no lexicon of a query or procedure`);
  }
  const hasOutput = definition.output?.schema !== undefined;
  return {
    nsid,
    method,
    verb: definition.type === "query" ? "GET" : "POST",
    readParams: createParamsReader(
      lexicons.lexicons,
      nsid,
      definition.parameters,
    ),
    body: bodyRule(lexicons, nsid, definition),
    errors: new Set([...lexicons.errorsOf(nsid), ...(method.errors ?? [])]),
    checkOutput(reply) {
      if (!hasOutput) {
        if (reply === undefined) return;
        throw new Error("expected an empty answer");
      }
      // Looked at as it goes over the wire, since the validator wants its own classes.
      const sent = jsonStringToLex(JSON.stringify(reply ?? null));
      lexicons.lexicons.assertValidXrpcOutput(nsid, sent);
    },
  };
}

function bodyRule(
  { lexicons }: Lexicons,
  nsid: string,
  definition: LexXrpcQuery | LexXrpcProcedure,
): BodyRule {
  if (definition.type === "query" || definition.input === undefined) {
    return { kind: "none" };
  }
  const { encoding, schema } = definition.input;
  const types = encoding.split(",").map((type) => type.trim());
  const acceptsType = (mediaType: string) =>
    mediaType !== "" && (types.includes("*/*") || types.includes(mediaType));
  if (schema === undefined) return { kind: "bytes", acceptsType };
  return {
    kind: "json",
    acceptsType,
    isOptional: schema.type === "object" && !schema.required?.length,
    check(value) {
      // The validator takes a list for an object without properties.
      if (Array.isArray(value)) throw invalidRequest("Input must be an object");
      try {
        return lexicons.assertValidXrpcInput(nsid, value);
      } catch (error) {
        throw invalidRequest((error as Error).message, error);
      }
    },
  };
}
