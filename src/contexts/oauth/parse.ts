/** A schema of the library's. */
export interface Parser<T> {
  safeParse(
    value: unknown,
  ): { success: true; data: T } | { success: false; error: Error };
}

interface Issue {
  path: (string | number)[];
  message: string;
  /** What is wrong in each of the ways in which it could be right. */
  unionErrors?: { issues: Issue[] }[];
}

/** Reads a message of an application; a refusal names the field that is wrong. */
export function parse<T>(
  schema: Parser<T>,
  body: unknown,
  Refusal: new (message: string, cause?: unknown) => Error,
): T {
  const result = read(schema, body);
  if (result.success) return result.data;
  throw new Refusal(describeFault(result.error), result.error);
}

/** Schemas of addresses throw at what is none. */
function read<T>(
  schema: Parser<T>,
  body: unknown,
): ReturnType<Parser<T>["safeParse"]> {
  try {
    return schema.safeParse(body);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const fields = Object.entries(body ?? {});
    const [name] = fields.find(isBrokenAddress) ?? [];
    const issue = { path: name === undefined ? [] : [name], message: "No URL" };
    return { success: false, error: Object.assign(error, { issues: [issue] }) };
  }
}

const isBrokenAddress = ([name, value]: [string, unknown]) =>
  name.endsWith("_uri") && typeof value === "string" && !URL.canParse(value);

/** The first thing that is wrong, with its field. */
export function describeFault(error: unknown): string {
  const { issues } = error as { issues?: Issue[] };
  const found = findClosest(issues ?? []);
  if (found === null) return "invalid";
  const where = found.path.join(".");
  return where === "" ? found.message : `${where}: ${found.message}`;
}

/** Where several ways are open, what is wrong in the one that is least wrong. */
function findClosest(issues: readonly Issue[]): Issue | null {
  const first = issues[0] ?? null;
  const ways = first?.unionErrors?.map((way) => way.issues) ?? [];
  const [nearest = []] = ways.toSorted((a, b) => a.length - b.length);
  return nearest.length === 0 ? first : findClosest(nearest);
}
