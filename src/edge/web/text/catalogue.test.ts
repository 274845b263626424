import { expect, test } from "bun:test";
import { LANGUAGES } from "#lib/languages.ts";
import { textFor } from "./catalogue.ts";
import { en } from "./en.ts";

/** Every sentence with its place; those with values in them are filled in. */
function sentencesOf(
  group: object,
  place = "",
): [place: string, text: string][] {
  return Object.entries(group).flatMap(([key, value]: [string, unknown]) => {
    const path = `${place}/${key}`;
    if (typeof value === "function") {
      const given =
        value.length === 1 && key === "join" ? [["a", "b"]] : [3, 4];
      return [[path, String(value(...given))]];
    }
    return typeof value === "object"
      ? sentencesOf(value as object, path)
      : [[path, String(value)]];
  });
}

const WHOLE = [
  ...(["shell", "signIn", "factor", "choose", "consent", "asked"] as const),
  ...(["error", "handOver", "signUp", "recovery", "apply"] as const),
  ...(["security", "account", "public"] as const),
];

for (const code of LANGUAGES.filter((one) => one !== "en")) {
  test(`${code} says all of the families it must have, and says it itself`, () => {
    const text = textFor(null, code);
    expect(text.lang).toBe(code);
    for (const family of WHOLE) {
      const own = sentencesOf(text[family]);
      const english = new Map(sentencesOf(en[family]));
      expect(own.map(([place]) => place)).toEqual([...english.keys()]);
      // Long enough to be no name: a sentence that nobody translated.
      const left = own.filter(
        ([place, said]) => said.length > 25 && said === english.get(place),
      );
      expect(left).toEqual([]);
    }
    expect(text.admin).toEqual(en.admin);
  });
}

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
