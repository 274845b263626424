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
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw new Refusal(describeFault(result.error), result.error);
}

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
