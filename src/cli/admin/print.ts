import type { Call } from "#cli/command.ts";

/** Fields of one thing, in order; what is undefined is left out. */
export type Fields = Readonly<Record<string, string | undefined>>;

const isJson = ({ flags }: Call) => flags.get("json") === "true";

/** One thing: its fields a line each, or `whole` as JSON. */
export function printOne(call: Call, fields: Fields, whole: object): void {
  if (isJson(call)) return call.terminal.out(`${JSON.stringify(whole)}\n`);
  const shown = Object.entries(fields).filter(([, value]) => value);
  const width = Math.max(...shown.map(([name]) => name.length));
  for (const [name, value] of shown) {
    call.terminal.out(`${name.padEnd(width)}  ${value}\n`);
  }
}

/**
 * One of several: its columns, padded to `widths`, or `whole` as a line of JSON.
 * @returns false when nobody wants more.
 */
export function printRow(
  call: Call,
  columns: readonly string[],
  { widths, whole }: { widths: readonly number[]; whole: object },
): boolean {
  const line = isJson(call)
    ? JSON.stringify(whole)
    : columns
        .map((text, at) => text.padEnd(widths[at] ?? 0))
        .join("  ")
        .trimEnd();
  call.terminal.out(`${line}\n`);
  return call.terminal.isClosed?.() !== true;
}

/** What was done: talk, unless JSON is wanted. */
export function printDone(call: Call, text: string, whole: object): void {
  if (isJson(call)) call.terminal.out(`${JSON.stringify(whole)}\n`);
  else call.terminal.err(`${text}\n`);
}
