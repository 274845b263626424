import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { isCid } from "#repo/cid.ts";
import {
  isAtIdentifier,
  isAtUri,
  isDatetime,
  isDid,
  isGenericCid,
  isHandle,
  isLanguage,
  isNsid,
  isRecordKey,
  isTid,
  isUri,
} from "#repo/syntax.ts";
import { describeVectors, readLines } from "./vectors.ts";

const CHECK_BY_FORMAT: Record<string, (text: string) => boolean> = {
  atidentifier: isAtIdentifier,
  aturi: isAtUri,
  cid: isGenericCid,
  datetime: isDatetime,
  did: isDid,
  handle: isHandle,
  language: isLanguage,
  nsid: isNsid,
  recordkey: isRecordKey,
  tid: isTid,
  uri: isUri,
};

describeVectors("syntax", (folder) => {
  const files = readdirSync(folder).filter((file) => file.endsWith(".txt"));

  test("all formats have a file of valid and one of invalid strings", () => {
    for (const format of Object.keys(CHECK_BY_FORMAT)) {
      expect(files).toContain(`${format}_syntax_valid.txt`);
      expect(files).toContain(`${format}_syntax_invalid.txt`);
    }
  });

  for (const file of files) {
    test(file, () => {
      const check = CHECK_BY_FORMAT[file.slice(0, file.indexOf("_"))];
      if (check === undefined) throw new Error(`no check for ${file}`);
      const expected = file.endsWith("_valid.txt");
      const wrong = readLines(folder, file).filter(
        (line) => check(line) !== expected,
      );
      expect(wrong).toEqual([]);
    });
  }

  test("the narrower CID of blocks refuses all invalid CIDs, too", () => {
    const lines = readLines(folder, "cid_syntax_invalid.txt");
    expect(lines.filter(isCid)).toEqual([]);
  });
});
