import type { Lexicons } from "#contexts/lexicons/lexicons.ts";
import { VERSION } from "#lib/version.ts";
import type { Method } from "#edge/xrpc/method.ts";

/** The methods of the registry as an OpenAPI document, made from their lexicons. */

type Schema = Record<string, unknown>;

/** A definition of a lexicon, as loosely as it is read here. */
interface Def {
  type: string;
  [key: string]: unknown;
}

export interface OpenApiOptions {
  serviceName: string;
  publicUrl: string;
  methods: Readonly<Record<string, Method>>;
  lexicons: Pick<Lexicons, "find" | "errorsOf" | "lexicons">;
}

/** @see https://spec.openapis.org/oas/v3.1.0 */
export function openApiOf(options: OpenApiOptions): object {
  const { serviceName, publicUrl, methods, lexicons } = options;
  const schemas = createSchemas(lexicons);
  const paths: Record<string, object> = {};
  for (const [nsid, method] of Object.entries(methods)) {
    const def = lexicons.find(nsid) as Def | null;
    if (def === null) continue;
    const verb = def.type === "query" ? "get" : "post";
    paths[`/xrpc/${nsid}`] = {
      [verb]: operationOf(nsid, def, method, schemas, lexicons),
    };
  }
  return {
    openapi: "3.1.0",
    info: { title: serviceName, version: VERSION },
    servers: [{ url: publicUrl }],
    paths,
    components: {
      schemas: { ...schemas.made(), XrpcError: ERROR_SCHEMA },
      securitySchemes: {
        Session: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
        Admin: { type: "http", scheme: "basic" },
      },
    },
  };
}

const ERROR_SCHEMA: Schema = {
  type: "object",
  required: ["error"],
  properties: { error: { type: "string" }, message: { type: "string" } },
};

function operationOf(
  nsid: string,
  def: Def,
  method: Method,
  schemas: Schemas,
  lexicons: OpenApiOptions["lexicons"],
): object {
  const parameters = (def["parameters"] ?? {}) as Def;
  const properties = (parameters["properties"] ?? {}) as Record<string, Def>;
  const required = (parameters["required"] ?? []) as string[];
  const errors = [...lexicons.errorsOf(nsid), ...(method.errors ?? [])];
  return {
    operationId: nsid,
    tags: [nsid.split(".").slice(0, -1).join(".")],
    ...(Object.keys(properties).length > 0 && {
      parameters: Object.entries(properties).map(([name, property]) => ({
        name,
        in: "query",
        required: required.includes(name),
        schema: schemas.of(property, nsid),
        ...(property.type === "array" && { style: "form", explode: true }),
      })),
    }),
    ...(def["input"] !== undefined && {
      requestBody: { required: true, content: contentOf(def["input"]) },
    }),
    responses: {
      200: {
        description: "Success",
        ...(def["output"] !== undefined && {
          content: contentOf(def["output"]),
        }),
      },
      default: {
        description:
          errors.length === 0
            ? "Refused"
            : `Refused; names of its own: ${[...new Set(errors)].toSorted().join(", ")}`,
        content: {
          "application/json": {
            schema: { $ref: "#/components/schemas/XrpcError" },
          },
        },
      },
    },
    security: SECURITY[method.auth.kind],
  };

  function contentOf(body: unknown): object {
    const { encoding, schema } = body as { encoding: string; schema?: Def };
    return {
      [encoding]: {
        schema:
          schema === undefined
            ? { type: "string", format: "binary" }
            : schemas.of(schema, nsid),
      },
    };
  }
}

const SECURITY: Readonly<Record<Method["auth"]["kind"], object[]>> = {
  none: [],
  optional: [{}, { Session: [] }],
  "service-optional": [{}, { Session: [] }],
  refresh: [{ Session: [] }],
  session: [{ Session: [] }],
  admin: [{ Admin: [] }],
  moderator: [{ Admin: [] }, { Session: [] }],
};

interface Schemas {
  /** The schema of a definition; what it refers to is made too. */
  of(def: Def, nsid: string): Schema;
  made(): Record<string, Schema>;
}

function createSchemas({ lexicons }: Pick<Lexicons, "lexicons">): Schemas {
  const made: Record<string, Schema> = {};

  function refer(ref: string, nsid: string): Schema {
    const full = ref.startsWith("#") ? `${nsid}${ref}` : ref;
    const uri = full.startsWith("lex:") ? full.slice(4) : full;
    const [id = "", name = "main"] = uri.split("#");
    const key = name === "main" ? id : `${id}.${name}`;
    if (!(key in made)) {
      made[key] = {}; // Definitions may refer to themselves.
      const def = findDef(`lex:${id}#${name}`);
      made[key] = def === null ? {} : schemaOf(def, id);
    }
    return { $ref: `#/components/schemas/${key}` };
  }

  /** Lexicons of others may be named that nobody here knows. */
  function findDef(uri: string): Def | null {
    return (lexicons.getDef(uri) as Def | undefined) ?? null;
  }

  function schemaOf(def: Def, nsid: string): Schema {
    const limits = pick(def, LIMITS[def.type] ?? {});
    switch (def.type) {
      case "object":
      case "params":
        return {
          type: "object",
          ...pick(def, { required: "required" }),
          properties: Object.fromEntries(
            Object.entries(
              (def["properties"] ?? {}) as Record<string, Def>,
            ).map(([name, property]) => [name, schemaOf(property, nsid)]),
          ),
        };
      case "record":
        return schemaOf(def["record"] as Def, nsid);
      case "array":
        return {
          type: "array",
          items: schemaOf(def["items"] as Def, nsid),
          ...limits,
        };
      case "string":
      case "token":
        return { type: "string", ...limits };
      case "integer":
      case "boolean":
        return { type: def.type, ...limits };
      case "bytes":
        return link("$bytes", { type: "string", contentEncoding: "base64" });
      case "cid-link":
        return link("$link", { type: "string" });
      case "blob":
        return {
          type: "object",
          required: ["$type", "ref", "mimeType", "size"],
          properties: {
            $type: { const: "blob" },
            ref: link("$link", { type: "string" }),
            mimeType: { type: "string" },
            size: { type: "integer" },
          },
        };
      case "ref":
        return refer(def["ref"] as string, nsid);
      case "union": {
        const refs = (def["refs"] as string[]).map((ref) => refer(ref, nsid));
        return { oneOf: def["closed"] === true ? refs : [...refs, {}] };
      }
      default:
        return {};
    }
  }

  return { of: schemaOf, made: () => made };
}

function link(name: string, schema: Schema): Schema {
  return { type: "object", required: [name], properties: { [name]: schema } };
}

/** Names of limits in a lexicon, and what OpenAPI calls them. */
const LIMITS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  string: {
    format: "format",
    minLength: "minLength",
    maxLength: "maxLength",
    enum: "enum",
    const: "const",
    default: "default",
    knownValues: "examples",
  },
  integer: {
    minimum: "minimum",
    maximum: "maximum",
    enum: "enum",
    const: "const",
    default: "default",
  },
  boolean: { const: "const", default: "default" },
  array: { minLength: "minItems", maxLength: "maxItems" },
};

function pick(def: Def, names: Readonly<Record<string, string>>): Schema {
  return Object.fromEntries(
    Object.entries(names)
      .filter(([name]) => def[name] !== undefined)
      .map(([name, renamed]) => [renamed, def[name]]),
  );
}
