import type { Target } from "../engine.ts";
import { CODECS } from "./codecs.ts";
import { DOCUMENTS } from "./documents.ts";
import { IDENTIFIERS } from "./identifiers.ts";
import { REQUESTS } from "./requests.ts";
import { TOKENS } from "./tokens.ts";
import { TREES } from "./trees.ts";

/** All parsers, in groups; each group runs in a process of its own. */
export const GROUPS: Readonly<Record<string, readonly Target[]>> = {
  codecs: CODECS,
  trees: TREES,
  identifiers: IDENTIFIERS,
  tokens: TOKENS,
  requests: REQUESTS,
  documents: DOCUMENTS,
};
