import { type LexiconDoc, parseLexiconDoc } from "@atproto/lexicon";
import { OperatorError } from "#lib/errors.ts";
import { isNsid, type Nsid } from "#repo/syntax.ts";
import { isOfficial } from "./catalog.ts";

/**
 * Takes JSON for a lexicon.
 * @throws Error that says what is wrong with it.
 */
export function parseLexicon(json: unknown): LexiconDoc {
  const document = parseLexiconDoc(json);
  if (!isNsid(document.id)) throw new Error(`${document.id} is no NSID`);
  return document;
}

/** The lexicons that a document's definitions refer to, each once. */
export function referencesOf(document: LexiconDoc): Nsid[] {
  const found = new Set<Nsid>();
  visit(document.defs);
  found.delete(document.id as Nsid);
  return [...found];

  function visit(value: unknown): void {
    if (typeof value !== "object" || value === null) return;
    const { ref, refs } = value as { ref?: unknown; refs?: unknown };
    for (const one of [ref, refs].flat()) {
      const id = typeof one === "string" ? idOf(one) : "";
      if (isNsid(id)) found.add(id);
    }
    for (const child of Object.values(value)) visit(child);
  }
}

/** `lex:com.example.thing#part` is in `com.example.thing`. */
function idOf(reference: string): string {
  return reference.replace(/^lex:/, "").split("#")[0]!;
}

/**
 * Takes the files of an operator's folders for lexicons. The official ones
 * stay as they are, so that a folder may hold a copy of them.
 * @throws OperatorError with exit code 78 for a file that is no lexicon, and for two of the same name.
 */
export function parseLexiconFiles(
  files: readonly { path: string; text: string }[],
): LexiconDoc[] {
  const paths = new Map<string, string>();
  const documents: LexiconDoc[] = [];
  const refuse = (message: string, cause?: unknown) =>
    new OperatorError(message, {
      hint: "Correct the file, or TEMPEST_LEXICON_PATHS.",
      exitCode: 78,
      cause,
    });
  for (const { path, text } of files) {
    let document: LexiconDoc;
    try {
      document = parseLexicon(JSON.parse(text));
    } catch (error) {
      throw refuse(`${path} is no lexicon.`, error);
    }
    const { id } = document;
    const other = paths.get(id);
    if (other !== undefined)
      throw refuse(`${path} and ${other} are both ${id}.`);
    paths.set(id, path);
    if (!isOfficial(id)) documents.push(document);
  }
  return documents;
}
