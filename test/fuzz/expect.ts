import { isDeepStrictEqual } from "node:util";
import { type Input, show } from "./engine.ts";

/** What `expect` does, without its cost: most of the time of a run goes into it otherwise. */
export function same(what: string, found: unknown, wanted: unknown): void {
  if (found === wanted) return;
  if (found instanceof Uint8Array && wanted instanceof Uint8Array) {
    if (Buffer.compare(found, wanted) === 0) return;
    throw new Error(`${what}: ${show(found)}, not ${show(wanted)}`);
  }
  if (isDeepStrictEqual(found, wanted)) return;
  throw new Error(`${what}: ${told(found)}, not ${told(wanted)}`);
}

function told(value: unknown): string {
  return Bun.inspect(value, { depth: 4, compact: true }).slice(0, 500);
}

/** The result, or undefined when it is refused by one of the errors that mean so. */
export function accepted<T>(
  read: () => T,
  ...refusals: (new (...args: never[]) => Error)[]
): T | undefined {
  try {
    return read();
  } catch (error) {
    if (refusals.some((refusal) => error instanceof refusal)) return undefined;
    throw error;
  }
}

export function bytesOf(input: Input): Uint8Array {
  // A view of more than itself would hide reads beyond its end.
  return typeof input === "string"
    ? new TextEncoder().encode(input)
    : new Uint8Array(input);
}

export function textOf(input: Input): string {
  return typeof input === "string" ? input : new TextDecoder().decode(input);
}
