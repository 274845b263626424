import type { LexiconDoc } from "@atproto/lexicon";

/**
 * Runs while the program is bundled (or, from source, while the file that
 * calls it is read), so that the finished program holds the lexicons as text
 * and never loads the client library they come from.
 */
async function readDocuments(): Promise<Record<string, string>> {
  // The package exports its documents from an entry that loads all of its
  // client; the file that holds them loads in half the time.
  const entry = import.meta.resolve("@atproto/api");
  const file = new URL("client/lexicons.js", entry).pathname;
  const { schemas } = (await import(file)) as { schemas: LexiconDoc[] };
  return Object.fromEntries(
    schemas.map((document) => [document.id, formatDocument(document)]),
  );
}

/** Descriptions are a third of the text, and nothing at run time reads them. */
function formatDocument(document: LexiconDoc): string {
  return JSON.stringify(document, (key, value: unknown) =>
    key === "description" && typeof value === "string" ? undefined : value,
  );
}

/** The official lexicons: NSID to JSON text. */
// A macro's call stands for what its promise resolves to.
export const lexiconTexts = readDocuments as unknown as () => Record<
  string,
  string
>;
