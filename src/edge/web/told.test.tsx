import { expect, test } from "bun:test";
import { tellFinding } from "#contexts/checks/findings.ts";
import { misfitOf } from "#contexts/lexicons/misfits.ts";
import { textIn } from "#edge/web/text/catalogue.ts";
import { FindingWords, ToldWords } from "./told.tsx";

const text = textIn("de");

test("a finding is in the language of the page, and another program's words say that they are English", () => {
  const finding = {
    ...tellFinding("unreadable"),
    ...{
      detail: "unexpected <end>",
      row: { seq: 7, did: "did:plc:a" as never },
    },
  };
  expect(String(<FindingWords {...{ text, finding }} />)).toBe(
    "Zeile 7 des Protokolls, did:plc:a: Es ist nicht zu lesen " +
      '(<span lang="en">unexpected &lt;end&gt;</span>)',
  );
});

test("a finding calls the states of accounts what the pages call them", () => {
  const say = (code: "en" | "de" | "fr", said: string) => {
    const finding = tellFinding("listedAs", said, "takendown");
    return String(<FindingWords {...{ text: textIn(code), finding }} />);
  };
  expect(say("en", "active")).toBe(
    "the list of repositories has it as Active, the account is Taken down",
  );
  expect(say("de", "active")).toEndWith("„Aktiv“, das Konto ist „Gesperrt“");
  expect(say("fr", "throttled")).toEndWith(
    "«\u{a0}throttled\u{a0}», le compte est «\u{a0}Suspendu\u{a0}»",
  );
});

test("what the validator says of a record is too", () => {
  const say = (message: string) =>
    String(<ToldWords sentences={text.misfits} told={misfitOf(message)} />);
  expect(say("Record/text must not be longer than 300 graphemes")).toBe(
    "Record/text darf höchstens 300 Zeichen lang sein",
  );
  expect(say("something new")).toContain('<span lang="en">something new');
});
