import { describe, expect, test } from "bun:test";
import { OperatorError } from "#lib/errors.ts";
import { parseLexicon, parseLexiconFiles, referencesOf } from "./documents.ts";

const record = (properties: object) => ({
  type: "record",
  key: "tid",
  record: { type: "object", properties },
});
const lexicon = (id: string, properties: object = {}) => ({
  lexicon: 1,
  id,
  defs: { main: record(properties) },
});
const file = (path: string, json: unknown) => ({
  path,
  text: JSON.stringify(json),
});

describe("a document", () => {
  test("is taken as its authority wrote it", () => {
    const json = { $type: "com.atproto.lexicon.schema", ...lexicon("a.b.c") };
    expect(parseLexicon(json).id as string).toBe("a.b.c");
  });

  const bad: [string, unknown][] = [
    ["nothing", null],
    ["a text", "lexicon"],
    ["of another version", { ...lexicon("a.b.c"), lexicon: 2 }],
    ["without definitions", { lexicon: 1, id: "a.b.c" }],
    ["of a name that is none", lexicon("a.b")],
    [
      "of a kind to come",
      { lexicon: 1, id: "a.b.c", defs: { main: { type: "hologram" } } },
    ],
  ];
  test.each(bad)("that is %s is refused", (_name, json) => {
    expect(() => parseLexicon(json)).toThrow();
  });

  test("says what it refers to, each once, and not itself", () => {
    const document = parseLexicon(
      lexicon("a.b.c", {
        one: { type: "ref", ref: "com.atproto.repo.strongRef" },
        two: { type: "union", refs: ["a.b.d#part", "lex:a.b.e", "#own"] },
        three: { type: "array", items: { type: "ref", ref: "a.b.d" } },
        ref: { type: "string" },
        refs: { type: "ref", ref: "a.b.c#own" },
      }),
    );
    expect(referencesOf(document).toSorted() as string[]).toEqual([
      "a.b.d",
      "a.b.e",
      "com.atproto.repo.strongRef",
    ]);
  });
});

describe("an operator's folders", () => {
  test("add lexicons, and leave the official ones as they are", () => {
    const documents = parseLexiconFiles([
      file("x.json", lexicon("com.example.thing")),
      file("post.json", lexicon("app.bsky.feed.post")),
    ]);
    expect(documents.map(({ id }) => id as string)).toEqual([
      "com.example.thing",
    ]);
  });

  const faults: [string, { path: string; text: string }[], string][] = [
    ["no JSON", [{ path: "x.json", text: "{" }], "x.json is no lexicon"],
    ["another thing", [file("package.json", { name: "x" })], "package.json"],
    [
      "a name twice",
      [
        file("a.json", lexicon("com.example.thing")),
        file("b.json", lexicon("com.example.thing")),
      ],
      "b.json and a.json are both com.example.thing",
    ],
  ];
  test.each(faults)("with %s stop the start", (_name, files, message) => {
    let error: unknown;
    try {
      parseLexiconFiles(files);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(OperatorError);
    expect((error as OperatorError).exitCode).toBe(78);
    expect((error as OperatorError).message).toContain(message);
  });
});
