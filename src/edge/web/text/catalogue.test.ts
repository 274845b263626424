import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LANGUAGES } from "#lib/languages.ts";
import { textFor, textIn } from "./catalogue.ts";
import { en } from "./en.ts";

type Said = [place: string, text: string];

/** Stands for any value that a sentence may be given, and says in the sentence which it was. */
function standIn(name: string): unknown {
  return new Proxy(Object, {
    get(_target, key) {
      if (key === Symbol.toPrimitive)
        return (hint: string) => (hint === "number" ? 77 : `<${name}>`);
      const isText = /^to[A-Z]|^slice$/.test(String(key));
      return isText ? () => `<${name}>` : standIn(`${name}.${String(key)}`);
    },
  });
}

/** Every sentence with its place; those with values in them are filled in. */
function sentencesOf(group: object, place = ""): Said[] {
  return Object.entries(group).flatMap(([key, value]: [string, unknown]) => {
    const path = `${place}/${key}`;
    if (typeof value === "function") {
      const given =
        key === "join"
          ? [["<0>", "<1>"]]
          : [0, 1, 2, 3].map((index) => standIn(String(index)));
      return [[path, String(value(...given))] satisfies Said];
    }
    return typeof value === "object"
      ? sentencesOf(value as object, path)
      : [[path, String(value)] satisfies Said];
  });
}

const valuesIn = (text: string) =>
  [...new Set(text.match(/<[\w.]+>/g) ?? [])].toSorted();

/** By their places, so that the order of files does not count. */
const sorted = (said: Said[]) =>
  said.toSorted(([one], [other]) => (one < other ? -1 : 1));

const english = new Map(sorted(sentencesOf(en)));

for (const code of LANGUAGES.filter((one) => one !== "en")) {
  const own = sorted(sentencesOf(textIn(code)));

  test(`${code} has a sentence in each place, with the same values in it`, () => {
    expect(textIn(code).lang).toBe(code);
    expect(own.map(([place]) => place)).toEqual([...english.keys()]);
    const values = (said: Iterable<Said>) =>
      [...said].map(([place, text]) => [place, valuesIn(text)]);
    expect(values(own)).toEqual(values(english));
  });

  test(`${code} says it itself`, () => {
    // Long enough to be no name: a sentence that nobody translated.
    const left = own.filter(
      ([place, said]) => said.length > 25 && said === english.get(place),
    );
    expect(left).toEqual([]);
    const empty = own.filter(
      ([place, said]) => said.trim() === "" && english.get(place) !== "",
    );
    expect(empty).toEqual([]);
  });
}

/** What stands between the quotes of a source, a line for each; values stand as "…". */
function textsIn(source: string): string {
  const code = source.replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "");
  const open: string[] = [];
  let texts = "";
  for (const [token] of code.matchAll(/\\.|\$\{|["`{}]|[^\\$"`{}]+|\$/g)) {
    const around = open.at(-1);
    if (around === '"' || around === "`") {
      const ends = token === around;
      if (ends) open.pop();
      else if (token === "${" && around === "`") open.push(token);
      texts += ends ? "\n" : token === "${" ? "…" : token;
    } else if (token === "}") open.pop();
    else if (/^["`{]$/.test(token)) open.push(token);
  }
  return texts;
}

test("French signs keep to their words, where a line ends too", async () => {
  const folder = join(import.meta.dir, "../../..");
  const wrong: string[] = [];
  let right = 0;
  for await (const path of new Bun.Glob("**/*.ts").scan(folder)) {
    if (!/\/text\/fr(\/|\.ts$)/.test(path)) continue;
    const texts = textsIn(readFileSync(join(folder, path), "utf8"));
    right += texts.match(/\u{a0}[:»]|«\u{a0}|\u{202f}[;?!]/gu)?.length ?? 0;
    for (const text of texts.split("\n")) {
      // A sign within a word, as of an address or a time, is none of a sentence.
      const bad =
        /(?<!\u{a0})(:(?=\s|$)|»)|(?<!\u{202f})[;?!](?=\s|$)|«(?!\u{a0})/u;
      if (bad.test(text)) wrong.push(`${path}: ${text}`);
    }
  }
  expect(wrong).toEqual([]);
  expect(right).toBeGreaterThan(300);
});

test("everything that there is to say is said somewhere", async () => {
  const folder = join(import.meta.dir, "../../..");
  const words = new Set<string>();
  for await (const path of new Bun.Glob("**/*.{ts,tsx}").scan(folder)) {
    if (path.startsWith("edge/web/text/") || path.includes(".test.")) continue;
    const source = readFileSync(join(folder, path), "utf8");
    for (const [word] of source.matchAll(/[\w$-]+|"[^"\n]+"/g)) words.add(word);
    for (const [word] of source.matchAll(/[\w$-]+/g)) words.add(word);
  }
  const unused = [...english.keys()].filter((place) => {
    const key = place
      .split("/")
      .filter((part) => !/^\d*$/.test(part))
      .at(-1)!;
    // Names of lexicons are looked up, whatever an application asks for.
    if (key.includes(".")) return false;
    return !words.has(key) && !words.has(`"${key}"`);
  });
  expect(unused).toEqual([]);
});

test("each job, and all that the server does by itself, has a name in words", async () => {
  const folder = join(import.meta.dir, "../../../contexts");
  const names = new Set<string>();
  for await (const path of new Bun.Glob("**/*.ts").scan(folder)) {
    const source = readFileSync(join(folder, path), "utf8");
    const jobs = source.matchAll(/\w_JOB = "([^"]+)"/g);
    const chores = path.endsWith("jobs/chores.ts")
      ? source.matchAll(/\brow\(\s*"([^"]+)"/g)
      : [];
    for (const [, name] of [...jobs, ...chores]) names.add(name!);
  }
  expect(names.size).toBeGreaterThan(30);
  expect([...names].toSorted()).toEqual(Object.keys(en.named.work).toSorted());
});

test("the language is that which somebody chose, or which the browser likes best", () => {
  for (const [accepted, chosen, code] of [
    [null, null, "en"],
    ["de-AT,de;q=0.9,en;q=0.8", null, "de"],
    ["pt-BR, fr;q=0.5, de;q=0.7", null, "de"],
    ["de;q=0, fr;q=0.1", null, "fr"],
    ["xx", null, "en"],
    ["de", "fr", "fr"],
    ["de", "../../etc", "de"],
    ["de", "__proto__", "de"],
  ] as const) {
    expect([accepted, textFor(accepted, chosen).lang]).toEqual([
      accepted,
      code,
    ]);
  }
});
