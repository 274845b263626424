import type { Lexicons, LexXrpcParameters } from "@atproto/lexicon";
import { invalidRequest } from "#lib/errors.ts";
import { createQuickCheck } from "./quick-params.ts";

/**
 * Turns a query string into the parameters of a method: values become numbers
 * and booleans as the lexicon says, defaults are filled in, names that the
 * lexicon doesn't know are left out.
 * @throws XrpcError InvalidRequest
 */
export type ParamsReader = (query: string) => Record<string, unknown>;

type Scalar = "string" | "integer" | "boolean";

interface Param {
  name: string;
  type: Scalar;
  isArray: boolean;
}

/** Prepared once for each method. */
export function createParamsReader(
  lexicons: Lexicons,
  nsid: string,
  definition: LexXrpcParameters | undefined,
): ParamsReader {
  const params = Object.entries(definition?.properties ?? {}).map(toParam);
  if (params.length === 0) return () => ({});
  const lexUri = `lex:${nsid}`;
  const quickCheck = createQuickCheck(definition!);
  return (query) => {
    const values = readValues(params, new URLSearchParams(query));
    const accepted = quickCheck?.(values) ?? null;
    if (accepted !== null) return accepted;
    try {
      return lexicons.assertValidXrpcParams(lexUri, values) ?? values;
    } catch (error) {
      throw invalidRequest((error as Error).message, error);
    }
  };
}

function toParam([name, property]: [
  string,
  NonNullable<LexXrpcParameters["properties"]>[string],
]): Param {
  const isArray = property.type === "array";
  const type = isArray ? property.items.type : property.type;
  if (type !== "integer" && type !== "boolean") {
    return { name, type: "string", isArray };
  }
  return { name, type, isArray };
}

function readValues(
  params: readonly Param[],
  query: URLSearchParams,
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const param of params) {
    // An empty value is how many clients write "not given".
    const given = valuesOf(param, query).filter((text) => text !== "");
    if (given.length === 0) continue;
    if (param.isArray) {
      values[param.name] = given.map((text) => readScalar(param, text));
    } else if (given.length === 1) {
      values[param.name] = readScalar(param, given[0]!);
    } else {
      throw invalidRequest(`Parameter "${param.name}" is given more than once`);
    }
  }
  return values;
}

/** Some clients write a list's name with brackets, as forms of PHP do. */
function valuesOf({ name, isArray }: Param, query: URLSearchParams): string[] {
  const given = query.getAll(name);
  return isArray ? [...given, ...query.getAll(`${name}[]`)] : given;
}

function readScalar({ name, type }: Param, text: string): unknown {
  switch (type) {
    case "string":
      return text;
    case "boolean":
      if (text === "true") return true;
      if (text === "false") return false;
      throw invalidRequest(`Parameter "${name}" must be true or false`);
    case "integer": {
      const value = Number(text);
      if (/^-?\d{1,16}$/.test(text) && Number.isSafeInteger(value)) {
        return value;
      }
      throw invalidRequest(`Parameter "${name}" must be an integer`);
    }
  }
}
