import { join } from "node:path";
import { FOREIGN_PREFIXES, OTHER_NAMES } from "./other-names.ts";
import type { Mode, Setting } from "./setting.ts";
import { type SettingKey, SETTINGS, type SettingValues } from "./table.ts";

/** Where settings come from; an earlier one wins. */
export interface Source {
  /** Completes "NAME (from …)". */
  label: string;
  kind: "flags" | "environment" | "file";
  values: Readonly<Record<string, string | undefined>>;
}

/** Where a value was set, and by which of its names. */
export interface Origin {
  kind: Source["kind"];
  name: string;
}

export interface Resolved {
  values: SettingValues;
  /** Keys that somebody set. */
  given: ReadonlySet<SettingKey>;
  /** Where they were set. */
  origins: ReadonlyMap<SettingKey, Origin>;
  problems: string[];
  warnings: string[];
}

export interface ResolveInput {
  mode: Mode;
  sources: readonly Source[];
  /** Reads a file that holds a secret; throws when it cannot. */
  readFile: (path: string) => string;
  /** systemd's folder of credentials. */
  credentialsFolder?: string;
  fileExists: (path: string) => boolean;
}

/** Docker and systemd take what stands behind a value for a part of it, and so do we. */
const COMMENT_RULE = "a comment needs a line of its own";
/** Only shells, systemd and files that we read take them away; `docker run --env-file` does not. */
const QUOTE_RULE = "the quotes around it are a part of the value";

/** The value of every setting, with everything that is wrong listed at once. */
export function resolveSettings(input: ResolveInput): Resolved {
  const origins = new Map<SettingKey, Origin>();
  const { problems, warnings } = checkNames(input.sources);
  const values: Record<string, unknown> = {};
  for (const [key, row] of rows()) {
    const found = findText(row, input, problems, warnings);
    values[key] = row.fallback[input.mode];
    if (found === null) continue;
    origins.set(key, { kind: found.kind, name: found.name });
    const value = row.parser.parse(found.text);
    const remark = remarkOn(found.text);
    if (value === undefined) {
      const why = remark === null ? "" : `, and ${remark.rule}`;
      problems.push(`${found.name} must be ${row.parser.expects}${why}`);
    } else {
      values[key] = value;
      if (remark !== null) {
        warnings.push(`${found.name} has ${remark.sight}: ${remark.rule}`);
      }
    }
  }
  const given = new Set(origins.keys());
  return {
    ...{ values: values as SettingValues, given, origins },
    ...{ problems, warnings },
  };
}

/** What a text holds that was hardly meant to be a part of it. */
function remarkOn(text: string): { sight: string; rule: string } | null {
  if (/\s#/.test(text)) return { sight: 'a "#"', rule: COMMENT_RULE };
  if (/^(["']).*\1$/.test(text)) return { sight: "quotes", rule: QUOTE_RULE };
  return null;
}

function rows(): [SettingKey, Setting<unknown>][] {
  return Object.entries(SETTINGS) as [SettingKey, Setting<unknown>][];
}

interface Found {
  name: string;
  text: string;
}

type Placed = Found & { kind: Source["kind"] };

/** The text of a setting: first source first, and in it the first name. */
function findText(
  row: Setting<unknown>,
  input: ResolveInput,
  problems: string[],
  warnings: string[],
): Placed | null {
  for (const source of input.sources) {
    const found: Found[] = [];
    for (const name of [row.name, ...row.aliases]) {
      // An empty value is what compose files and units send for "not set".
      const text = source.values[name]?.trim();
      if (text) found.push({ name, text });
      const path = row.secret ? source.values[`${name}_FILE`]?.trim() : "";
      if (path)
        found.push(...readSecret(`${name}_FILE`, path, input, problems));
    }
    const [first, ...others] = found;
    if (first === undefined) continue;
    const other = others.find(({ text }) => text !== first.text);
    if (other) warnings.push(`${other.name} is not used: ${first.name} is set`);
    return { ...first, kind: source.kind };
  }
  const secret = row.secret ? findCredential(row, input, problems) : null;
  return secret && { ...secret, kind: "file" };
}

function findCredential(
  row: Setting<unknown>,
  input: ResolveInput,
  problems: string[],
): Found | null {
  if (!input.credentialsFolder) return null;
  const name = row.name.toLowerCase();
  const path = join(input.credentialsFolder, name);
  if (!input.fileExists(path)) return null;
  return readSecret(`credential ${name}`, path, input, problems)[0] ?? null;
}

function readSecret(
  name: string,
  path: string,
  input: ResolveInput,
  problems: string[],
): Found[] {
  try {
    return [{ name, text: input.readFile(path).trim() }];
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unreadable";
    problems.push(`${name}: cannot read ${path} (${code})`);
    return [];
  }
}

/** Reports every name that is ours by its prefix, and not in the table. */
function checkNames(sources: readonly Source[]) {
  const problems: string[] = [];
  const warnings: string[] = [];
  const known = knownNames();
  const seen = new Set<string>();
  for (const source of sources) {
    for (const [name, value] of Object.entries(source.values)) {
      if (!value?.trim() || known.has(name) || seen.has(name)) continue;
      if (FOREIGN_PREFIXES.some((prefix) => name.startsWith(prefix))) continue;
      seen.add(name);
      const other = OTHER_NAMES[name];
      if (other?.accepted?.includes(value.trim().toLowerCase())) continue;
      if (other?.kind === "refused") {
        problems.push(`${name} cannot be used: ${other.reason}`);
      } else if (other) {
        warnings.push(`${name} has no effect: ${other.reason}`);
      } else if (/^(TEMPEST|PDS)_/.test(name)) {
        warnings.push(`${name} is not a setting${suggest(name, known)}`);
      }
    }
  }
  return { problems, warnings };
}

/** Every name that a source may hold, `…_FILE` of secrets included. */
export function knownNames(): Set<string> {
  const names = new Set<string>(["TEMPEST_CONFIG"]);
  for (const [, row] of rows()) {
    for (const name of [row.name, ...row.aliases]) {
      names.add(name);
      if (row.secret) names.add(`${name}_FILE`);
    }
  }
  return names;
}

function suggest(name: string, known: ReadonlySet<string>): string {
  const limit = 3;
  let best: { name: string; distance: number } | null = null;
  for (const candidate of known) {
    const distance = editDistance(name, candidate);
    if (distance <= limit && distance < (best?.distance ?? Infinity)) {
      best = { name: candidate, distance };
    }
  }
  return best ? `; did you mean ${best.name}?` : "";
}

/** Levenshtein distance. */
export function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      current.push(
        Math.min(
          previous[j]! + 1,
          current[j - 1]! + 1,
          previous[j - 1]! + change,
        ),
      );
    }
    previous = current;
  }
  return previous[b.length]!;
}
