import { expect, test } from "bun:test";
import { Lexicons, type LexiconDoc, type LexObject } from "@atproto/lexicon";
import { sayTold } from "#lib/told.ts";
import { assertDatetimes } from "./datetimes.ts";
import { MISFITS, misfitOf } from "./misfits.ts";

/** What the validator says of a record with one field. */
function complaintOf(field: object, value: unknown): string {
  const record = {
    ...{ type: "object", required: ["field"], properties: { field } },
  } as LexObject;
  const main = { type: "record", key: "any", record };
  const document = { lexicon: 1, id: "com.example.thing", defs: { main } };
  const lexicons = new Lexicons([document as LexiconDoc]);
  const said = { $type: "com.example.thing", field: value };
  try {
    lexicons.assertValidRecord("com.example.thing", said);
    assertDatetimes(lexicons, record, said as never);
  } catch (error) {
    return (error as Error).message;
  }
  return "nothing";
}

const at = "Record/field";
const text = (more: object) => ({ type: "string", ...more });
const format = (name: string) => text({ format: name });

const CASES: [object, unknown, string, ...string[]][] = [
  [text({}), undefined, "fieldMissing", "Record", "field"],
  [{ type: "union", refs: ["lex:com.example.a"] }, {}, "noTypedObject", at],
  [
    { type: "union", closed: true, refs: ["lex:com.example.a"] },
    { $type: "com.example.b" },
    ...(["typeNotAmong", at, "lex:com.example.a"] as const),
  ],
  [text({ enum: ["a", "b"] }), "c", "notAmong", at, "a|b"],
  [{ type: "blob" }, 1, "notBlob", at],
  [{ type: "array", items: text({}) }, 1, "notArray", at],
  [{ type: "object", properties: {} }, 1, "notObject", at],
  [{ type: "boolean" }, 1, "notBoolean", at],
  [{ type: "integer" }, "1", "notInteger", at],
  [text({}), 1, "notString", at],
  [{ type: "bytes" }, 1, "notBytes", at],
  [{ type: "cid-link" }, 1, "notLink", at],
  [
    { type: "array", items: text({}), maxLength: 1 },
    ["a", "b"],
    ...(["tooManyItems", at, "1"] as const),
  ],
  [
    { type: "array", items: text({}), minLength: 1 },
    [],
    ...(["tooFewItems", at, "1"] as const),
  ],
  [text({ maxLength: 3 }), "four", "tooLong", at, "3"],
  [text({ minLength: 3 }), "ab", "tooShort", at, "3"],
  [text({ maxGraphemes: 3 }), "four", "tooManyGraphemes", at, "3"],
  [text({ minGraphemes: 3 }), "ab", "tooFewGraphemes", at, "3"],
  [{ type: "bytes", maxLength: 1 }, new Uint8Array(2), "tooManyBytes", at, "1"],
  [{ type: "bytes", minLength: 3 }, new Uint8Array(2), "tooFewBytes", at, "3"],
  [{ type: "integer", maximum: 3 }, 4, "tooGreat", at, "3"],
  [{ type: "integer", minimum: 3 }, 2, "tooSmall", at, "3"],
  [
    format("datetime"),
    "2026-01-02T03:04:05",
    ...(["noTimeZone", at, "2026-01-02T03:04:05.678Z"] as const),
  ],
  [format("datetime"), "noon", "notDatetime", at],
  [format("uri"), "no", "notUri", at],
  [format("at-uri"), "no", "notAtUri", at],
  [format("did"), "no", "notDid", at],
  [format("handle"), "no", "notHandle", at],
  [format("at-identifier"), "no!", "notAtIdentifier", at],
  [format("nsid"), "no", "notNsid", at],
  [format("cid"), "no", "notCid", at],
  [format("language"), "!", "notLanguage", at],
  [format("tid"), "no", "notTid", at],
  [format("record-key"), "no/no", "notRecordKey", at],
  [text({ const: "a" }), "b", "notConstant", at, "a"],
];

test.each(CASES)("%j with %j is told", (field, value, kind, ...values) => {
  const said = complaintOf(field, value);
  const misfit = misfitOf(said);
  expect(misfit).toEqual({ kind, values } as never);
  expect(sayTold(MISFITS, misfit)).toBe(said);
});

test("every kind that the validator may tell is among them", () => {
  const ours = ["unreadable", "noRecord", "otherType", "other"];
  const kinds = [...CASES.map(([, , kind]) => kind), ...ours];
  expect(kinds.toSorted()).toEqual(Object.keys(MISFITS).toSorted());
});

test("a message that is not known is kept", () => {
  expect(misfitOf("Unexpected lexicon type: x")).toMatchObject({
    ...{ kind: "other", detail: "Unexpected lexicon type: x" },
  });
});
