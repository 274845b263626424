import type { Child } from "hono/jsx";
import type { Lexicons } from "#contexts/lexicons/lexicons.ts";
import { Facts, Table } from "#edge/web/parts.tsx";
import type { Method } from "#edge/xrpc/method.ts";
import { describeAuth, describeLimit } from "./callers.ts";
import { publicRoom, type PublicShown } from "./room.tsx";

/** Every method that the server answers itself, by its NSID. */
export interface ApiView {
  publicUrl: string;
  methods: Readonly<Record<string, Method>>;
  /** NSIDs of the event streams. */
  streams: readonly string[];
  lexicons: Pick<Lexicons, "find" | "errorsOf">;
}

interface Def {
  type: string;
  [key: string]: unknown;
}

const hrefOf = (nsid: string) => `/api/${nsid}`;

/** All methods, by their namespace. */
export function apiIndex(shown: PublicShown, view: ApiView): Response {
  const { text } = shown;
  const words = text.public.api;
  const nsids = [...Object.keys(view.methods), ...view.streams].toSorted();
  const groups = Map.groupBy(nsids, (nsid) =>
    nsid.split(".").slice(0, -1).join("."),
  );
  return publicRoom(
    shown,
    { title: words.title, isLasting: true },
    <>
      <p>{words.intro}</p>
      <p>
        <a href="/api/openapi.json">{words.openapi}</a>
      </p>
      {[...groups].map(([group, members]) => (
        <section class="card">
          <h2>{group}</h2>
          <Table
            text={text}
            caption={group}
            columns={[
              {
                label: words.method,
                cell: (nsid) => (
                  <a href={hrefOf(nsid)}>{nsid.slice(group.length + 1)}</a>
                ),
              },
              {
                label: words.kind,
                cell: (nsid) => kindOf(shown, view, nsid),
              },
              {
                label: words.who,
                cell: (nsid) => whoOf(shown, view.methods[nsid]),
              },
            ]}
            rows={members}
          />
        </section>
      ))}
    </>,
  );
}

/** null when the server has no such method of its own. */
export function apiMethod(
  shown: PublicShown,
  view: ApiView,
  nsid: string,
): Response | null {
  const isOurs = Object.hasOwn(view.methods, nsid);
  if (!isOurs && !view.streams.includes(nsid)) return null;
  const words = shown.text.public.api;
  const def = view.lexicons.find(nsid) as Def | null;
  if (def === null) return null;
  const method = view.methods[nsid];
  const errors = [...view.lexicons.errorsOf(nsid), ...(method?.errors ?? [])];
  const limit = method === undefined ? "" : describeLimit(shown.text, method);
  return publicRoom(
    shown,
    { title: nsid, isLasting: true },
    <>
      <section class="card">
        <Facts
          rows={[
            [words.kind, kindOf(shown, view, nsid)],
            [words.who, whoOf(shown, method)],
            [words.limit, limit === "" ? null : limit],
            [
              words.errors,
              errors.length === 0
                ? null
                : [...new Set(errors)].toSorted().join(", "),
            ],
          ]}
        />
      </section>
      <Properties
        shown={shown}
        title={words.parameters}
        schema={def["parameters"] as Def | undefined}
      />
      <Body shown={shown} title={words.input} body={def["input"]} />
      <Body shown={shown} title={words.output} body={def["output"]} />
      <Body shown={shown} title={words.message} body={def["message"]} />
      <section class="card">
        <h2>{words.call}</h2>
        <pre tabindex={0}>{exampleOf(view, nsid, def, method)}</pre>
      </section>
      <section class="card">
        <h2>{words.schema}</h2>
        <pre tabindex={0}>{JSON.stringify(def, null, 2)}</pre>
      </section>
    </>,
  );
}

function kindOf({ text }: PublicShown, { lexicons }: ApiView, nsid: string) {
  const { kinds } = text.public.api;
  const type = lexicons.find(nsid)?.type ?? "";
  return type in kinds ? kinds[type as keyof typeof kinds] : type;
}

function whoOf({ text }: PublicShown, method: Method | undefined): string {
  return method === undefined
    ? text.public.api.anybody
    : describeAuth(text, method.auth);
}

function Body(given: { shown: PublicShown; title: string; body: unknown }) {
  const { shown, title } = given;
  if (given.body === undefined) return null;
  const { encoding, schema } = given.body as {
    encoding?: string;
    schema?: Def;
  };
  const heading =
    encoding === undefined ? title : shown.text.shell.about(title, encoding);
  if (schema === undefined) {
    return (
      <section class="card">
        <h2>{heading}</h2>
      </section>
    );
  }
  if (schema.type === "object") {
    return <Properties shown={shown} title={heading} schema={schema} />;
  }
  return (
    <section class="card">
      <h2>{heading}</h2>
      <p>
        <code>{typeInWords(schema)}</code>
      </p>
    </section>
  );
}

function Properties(given: {
  shown: PublicShown;
  title: string;
  schema: Def | undefined;
}) {
  const { shown, title, schema } = given;
  const properties = Object.entries(
    (schema?.["properties"] ?? {}) as Record<string, Def>,
  );
  if (properties.length === 0) return null;
  const { text } = shown;
  const words = text.public.api;
  const required = (schema?.["required"] ?? []) as string[];
  return (
    <section class="card">
      <h2>{title}</h2>
      <Table<[name: string, def: Def]>
        text={text}
        caption={title}
        columns={[
          {
            label: words.name,
            cell: ([name]): Child => <code>{name}</code>,
          },
          { label: words.type, cell: ([, def]) => typeInWords(def) },
          {
            label: words.required,
            cell: ([name]) => (required.includes(name) ? words.required : ""),
          },
        ]}
        rows={properties}
      />
    </section>
  );
}

/** A type with its limits, in the lexicon's own words. */
function typeInWords(def: Def): string {
  const { type, items, ref, refs, ...rest } = def;
  const limits = Object.entries(rest)
    .filter(([, value]) => typeof value !== "object" || Array.isArray(value))
    .map(([name, value]) => `${name} ${[value].flat().join(" | ")}`);
  const name =
    type === "array"
      ? `array of ${typeInWords(items as Def)}`
      : type === "ref"
        ? String(ref)
        : type === "union"
          ? (refs as string[]).join(" | ")
          : type;
  return limits.length === 0 ? name : `${name} (${limits.join(", ")})`;
}

const TOKENS: Readonly<Record<string, string>> = {
  session: '-H "Authorization: Bearer $TOKEN"',
  refresh: '-H "Authorization: Bearer $REFRESH_TOKEN"',
  admin: '-u "admin:$PASSWORD"',
  moderator: '-u "admin:$PASSWORD"',
};

/** A call for the command line. */
function exampleOf(
  { publicUrl }: ApiView,
  nsid: string,
  def: Def,
  method: Method | undefined,
): string {
  const parameters = (def["parameters"] ?? {}) as Def;
  const required = (parameters["required"] ?? []) as string[];
  const query = required.map((name) => `${name}=…`).join("&");
  const url = `${publicUrl}/xrpc/${nsid}${query === "" ? "" : `?${query}`}`;
  if (def.type === "subscription") {
    return `websocat --binary "${url.replace(/^http/, "ws")}"`;
  }
  const input = def["input"] as { encoding: string } | undefined;
  const isJson = input?.encoding === "application/json";
  const parts = [
    "curl",
    def.type === "procedure" ? "-X POST" : "",
    TOKENS[method?.auth.kind ?? ""] ?? "",
    input === undefined
      ? ""
      : isJson
        ? "-H 'Content-Type: application/json' -d '{…}'"
        : `-H 'Content-Type: ${input.encoding}' --data-binary @file`,
    `"${url}"`,
  ];
  return parts.filter((part) => part !== "").join(" ");
}
