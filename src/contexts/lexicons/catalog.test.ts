import { schemas } from "@atproto/api";
import { Lexicons, type LexiconDoc } from "@atproto/lexicon";
import { expect, test } from "bun:test";
import { LazyLexicons, listLexiconIds } from "./catalog.ts";

const withoutDescriptions = (document: LexiconDoc): LexiconDoc =>
  JSON.parse(
    JSON.stringify(document, (key, value) =>
      key === "description" && typeof value === "string" ? undefined : value,
    ),
  );

test("holds every document of the pinned client, descriptions aside", () => {
  const eager = new Lexicons(schemas.map(withoutDescriptions));
  const lazy = new LazyLexicons();
  expect(listLexiconIds()).toEqual(schemas.map(({ id }) => id).sort());
  for (const { id } of schemas) expect(lazy.get(id)).toEqual(eager.get(id));
});

test("parses a document only when it is asked for", () => {
  const lexicons = new LazyLexicons();
  expect(lexicons.docs.size).toBe(0);
  expect(lexicons.getDef("app.bsky.feed.post")?.type).toBe("record");
  expect([...lexicons.docs.keys()]).toEqual(["lex:app.bsky.feed.post"]);
  expect(lexicons.getDef("lex:com.atproto.repo.defs#commitMeta")?.type).toBe(
    "object",
  );
  expect(lexicons.getDef("com.example.nothing")).toBeUndefined();
  expect(lexicons.docs.size).toBe(2);
  expect([...lexicons].length).toBe(listLexiconIds().length);
});

test("every reference of a document leads somewhere", () => {
  const lexicons = new LazyLexicons();
  const dangling: string[] = [];
  const visit = (value: unknown, from: string): void => {
    if (value === null || typeof value !== "object") return;
    const { type, ref, refs } = value as Record<string, unknown>;
    if (type === "ref" && lexicons.getDef(ref as string) === undefined) {
      dangling.push(`${from} → ${ref}`);
    }
    if (type === "union") {
      for (const member of refs as string[]) {
        if (lexicons.getDef(member) === undefined) {
          dangling.push(`${from} → ${member}`);
        }
      }
    }
    for (const child of Object.values(value)) visit(child, from);
  };
  for (const document of lexicons) visit(document, document.id);
  expect(dangling).toEqual([]);
});

test("a bundle holds the documents and not the client they come from", async () => {
  const bundle = await Bun.build({
    entrypoints: [new URL("catalog.ts", import.meta.url).pathname],
    target: "bun",
    minify: true,
  });
  const code = await bundle.outputs[0]!.text();
  expect(code).toContain("com.atproto.repo.applyWrites");
  expect(code).not.toContain("@atproto/api");
  expect(code).not.toContain("AppBskyFeedPost");
});
