import type {
  LexArray,
  LexBlob,
  Lexicons,
  LexObject,
  LexUserType,
} from "@atproto/lexicon";
import type { LexMap, LexValue } from "#repo/drisl.ts";
import type { BlobConstraint } from "#contexts/blobs/reference-check.ts";

/** What a lexicon asks of the blob at one place of a record. */
export interface PlacedConstraint extends BlobConstraint {
  path: string[];
}

type Definition = LexUserType | LexArray["items"] | LexBlob;

/**
 * The constraints on the blobs that a record really has, in the order of
 * their appearance. The record must have been found valid before.
 */
export function listBlobConstraints(
  lexicons: Lexicons,
  definition: LexObject,
  record: LexValue,
): PlacedConstraint[] {
  const found: PlacedConstraint[] = [];
  visit(definition, record, []);
  return found;

  function visit(def: Definition, value: LexValue, path: string[]): void {
    if (value === null || typeof value !== "object") return;
    const map = value as LexMap;
    switch (def.type) {
      case "blob":
        found.push({ path, accept: def.accept, maxSizeBytes: def.maxSize });
        return;
      case "object":
        for (const [key, child] of Object.entries(map)) {
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
        const chosen = findMember(def.refs, map.$type);
        if (chosen !== null) visit(lexicons.getDefOrThrow(chosen), value, path);
      }
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
