import { describe, expect, test } from "bun:test";
import { createLexicons } from "#contexts/lexicons/lexicons.ts";
import { METHODS } from "./registry.ts";
import { createQuickCheck, type QuickCheck } from "./quick-params.ts";

const { lexicons, find } = createLexicons();

const DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz";
const CID = "bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a";
/** Right in some places, wrong in others. */
const VALUES: unknown[] = [
  undefined,
  DID,
  "did:web:example.com",
  "did:plc:",
  "DID:plc:abc",
  "did:a:b%",
  "alice.example.com",
  "alice.example.c0m",
  "-alice.example.com",
  "alice",
  "app.bsky.feed.post",
  "app.bsky",
  "app.bsky.feed.post-",
  "3kfsbwmx4ns2b",
  "3kfsbwmx4ns2",
  "self",
  ".",
  "..",
  "a b",
  CID,
  CID.toUpperCase(),
  `${CID}a`,
  "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWKgbcd",
  "at://alice.example.com",
  "ä",
  0,
  1,
  50,
  100,
  1000,
  1001,
  -1,
  Number.MAX_SAFE_INTEGER,
  true,
  false,
  [],
  [CID],
  [CID, "x"],
  [DID],
  ["app.bsky.feed.post"],
];

function queries(): [string, QuickCheck, Record<string, object>, string[]][] {
  return Object.keys(METHODS).flatMap((nsid) => {
    const definition = find(nsid);
    if (definition?.type !== "query" || !definition.parameters) return [];
    const { properties = {}, required = [] } = definition.parameters;
    const quick = createQuickCheck(definition.parameters);
    const isEmpty = Object.keys(properties).length === 0;
    return quick === null || isEmpty
      ? []
      : [[nsid, quick, properties, required]];
  });
}

test("the methods that are called most have one", () => {
  const names = queries().map(([nsid]) => nsid);
  for (const name of ["repo.getRecord", "repo.listRecords", "sync.getBlocks"]) {
    expect(names).toContain(`com.atproto.${name}`);
  }
});

describe("parameters that are accepted at once are those of the lexicon", () => {
  for (const [nsid, quick, properties, required] of queries()) {
    test(nsid, () => {
      const right = rightValues(nsid, Object.keys(properties), required);
      let accepted = 0;
      for (const name of Object.keys(properties)) {
        for (const value of VALUES) {
          const values = { ...right, [name]: value };
          if (value === undefined) delete values[name as never];
          const result = quick(values);
          if (result === null) continue;
          accepted++;
          const full = lexicons.assertValidXrpcParams(`lex:${nsid}`, values);
          expect(result).toEqual((full ?? values) as Record<string, unknown>);
        }
      }
      expect(accepted).toBeGreaterThan(0);
    });
  }
});

/** For each required parameter the first value that the lexicon accepts. */
function rightValues(nsid: string, names: string[], required: string[]) {
  const right: Record<string, unknown> = {};
  const wanted = names.filter((name) => required.includes(name));
  const isRight = (values: object) => {
    try {
      lexicons.assertValidXrpcParams(`lex:${nsid}`, values);
      return true;
    } catch {
      return false;
    }
  };
  const search = (at: number): boolean => {
    const name = wanted[at];
    if (name === undefined) return isRight(right);
    return VALUES.some((value) => {
      right[name] = value;
      return value !== undefined && search(at + 1);
    });
  };
  search(0);
  return right;
}
