import { Lexicons, type LexiconDoc } from "@atproto/lexicon";
import { lexiconTexts } from "./catalog.macro.ts" with { type: "macro" };

/** JSON text by NSID, not yet parsed. */
const textByNsid = new Map(Object.entries(lexiconTexts()));

/** NSIDs of all official lexicons, ascending. */
export function listLexiconIds(): string[] {
  return [...textByNsid.keys()].sort();
}

export function isOfficial(nsid: string): boolean {
  return textByNsid.has(nsid);
}

/**
 * The official lexicons, each parsed when it is first asked for: a server uses
 * about a tenth of them, and parsing all costs 10 ms of its start.
 */
export class LazyLexicons extends Lexicons {
  override get(uri: string): LexiconDoc | undefined {
    this.load(uri);
    return super.get(uri);
  }

  override getDef(uri: string): ReturnType<Lexicons["getDef"]> {
    this.load(uri);
    return super.getDef(uri);
  }

  override [Symbol.iterator](): Iterator<LexiconDoc> {
    for (const id of textByNsid.keys()) this.load(id);
    return super[Symbol.iterator]();
  }

  private load(uri: string): void {
    const hash = uri.indexOf("#");
    const from = uri.startsWith("lex:") ? 4 : 0;
    const id = uri.slice(from, hash < 0 ? undefined : hash);
    const text = textByNsid.get(id);
    if (text === undefined || this.docs.has(`lex:${id}`)) return;
    this.add(JSON.parse(text) as LexiconDoc);
  }
}
