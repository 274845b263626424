import type {
  LexArray,
  LexBlob,
  Lexicons,
  LexObject,
  LexUserType,
} from "@atproto/lexicon";
import type { LexMap, LexValue } from "#repo/drisl.ts";

export type Definition = LexUserType | LexArray["items"] | LexBlob;

/**
 * Calls back for every value of a record that its lexicon knows, with what the
 * lexicon says of it, in the order of their appearance. Objects, lists,
 * references and unions are gone through; all other kinds are told. The record
 * must have been found valid before.
 */
export function walkRecord(
  lexicons: Lexicons,
  definition: LexObject,
  record: LexValue,
  tell: (definition: Definition, value: LexValue, path: string[]) => void,
): void {
  visit(definition, record, []);

  function visit(def: Definition, value: LexValue, path: string[]): void {
    if (value === null) return;
    switch (def.type) {
      case "object":
        for (const [key, child] of Object.entries(value as LexMap)) {
          const property = Object.hasOwn(def.properties, key)
            ? def.properties[key]
            : undefined;
          if (property !== undefined) visit(property, child, [...path, key]);
        }
        return;
      case "array":
        for (const [index, item] of (value as LexValue[]).entries()) {
          visit(def.items, item, [...path, String(index)]);
        }
        return;
      case "ref":
        visit(lexicons.getDefOrThrow(def.ref), value, path);
        return;
      case "union": {
        const chosen = findMember(def.refs, (value as LexMap).$type);
        if (chosen !== null) visit(lexicons.getDefOrThrow(chosen), value, path);
        return;
      }
      default:
        tell(def, value, path);
    }
  }
}

/** The member of a union that a `$type` names; the main definition may be written either way. */
function findMember(
  refs: readonly string[],
  type: LexValue | undefined,
): string | null {
  if (typeof type !== "string") return null;
  const uri = (type.startsWith("lex:") ? type : `lex:${type}`).replace(
    /#main$/,
    "",
  );
  return refs.find((ref) => ref.replace(/#main$/, "") === uri) ?? null;
}
