/** An object of somebody else's answer, of which only what is asked for is believed. */
export type Json = Record<string, unknown>;

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object at a place of an answer; null when there is something else. */
export function objectAt(value: unknown, ...path: string[]): Json | null {
  let at = value;
  for (const name of path) at = isObject(at) ? at[name] : undefined;
  return isObject(at) ? at : null;
}

/** The text at a place of an answer; null when there is something else. */
export function textAt(value: unknown, ...path: string[]): string | null {
  let at = value;
  for (const name of path) at = isObject(at) ? at[name] : undefined;
  return typeof at === "string" ? at : null;
}

/** A list of objects and nothing else; null otherwise. */
export function objectsAt(value: unknown, name: string): Json[] | null {
  const list = isObject(value) ? value[name] : undefined;
  return Array.isArray(list) && list.every(isObject) ? list : null;
}
