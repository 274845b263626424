import { expect, test } from "bun:test";
import { cidOfCbor, formatCid } from "#repo/cid.ts";
import { decodeDrisl, encodeDrisl } from "#repo/drisl.ts";
import { BlockError } from "#repo/errors.ts";
import { jsonToRecord, lexToJson } from "#repo/lex-json.ts";
import { describeVectors, readJson } from "./vectors.ts";

interface Fixture {
  json: unknown;
  cbor_base64: string;
  cid: string;
}

interface Case {
  note: string;
  json: unknown;
}

describeVectors("data-model", (folder) => {
  test("data-model-fixtures.json", () => {
    for (const fixture of readJson<Fixture>(
      folder,
      "data-model-fixtures.json",
    )) {
      const record = jsonToRecord(fixture.json);
      const bytes = encodeDrisl(record);
      const expected = Buffer.from(fixture.cbor_base64, "base64");
      expect(Buffer.from(bytes)).toEqual(expected);
      expect(String(formatCid(cidOfCbor(bytes)))).toBe(fixture.cid);
      expect(lexToJson(decodeDrisl(expected))).toEqual(
        fixture.json as ReturnType<typeof lexToJson>,
      );
    }
  });

  test("data-model-valid.json", () => {
    for (const { note, json } of readJson<Case>(
      folder,
      "data-model-valid.json",
    )) {
      const record = jsonToRecord(json);
      const again = lexToJson(decodeDrisl(encodeDrisl(record)));
      expect(again, note).toEqual(json as typeof again);
    }
  });

  test("data-model-invalid.json", () => {
    for (const { note, json } of readJson<Case>(
      folder,
      "data-model-invalid.json",
    )) {
      expect(() => encodeDrisl(jsonToRecord(json)), note).toThrow(BlockError);
    }
  });
});
