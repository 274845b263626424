import { expect, test } from "bun:test";
import { textFor } from "#edge/web/text/catalogue.ts";
import { actInWords } from "./act-words.ts";

const en = textFor("en");
const say = (action: string, detail: object = {}, text = en) =>
  actInWords(text, {
    ...{ id: 1, actor: "admin", action, subject: "did:web:a.test" },
    ...{ detailJson: JSON.stringify(detail), createdAtMs: 1 },
  });

test.each([
  [
    say("updateAccountHandle", { before: "a.test", after: "b.test" }),
    "Changed the handle from @a.test to @b.test",
  ],
  [
    say("updateSubjectStatus", { takedown: { applied: true, ref: "case 7" } }),
    "Took it out of sight (case 7)",
  ],
  [
    say("updateSubjectStatus", { takedown: { applied: true } }),
    "Took it out of sight",
  ],
  [
    say("updateSubjectStatus", { takedown: { applied: false } }),
    "Brought it back into sight",
  ],
  [
    say("updateSubjectStatus", { deactivated: { applied: true } }),
    "Deactivated it",
  ],
  [
    say("bulk takeDown", { filter: {}, count: 12 }),
    "For 12 accounts: Take down",
  ],
  [
    say("disableInviteCodes", { codes: ["a", "b"], accounts: [] }),
    "Disabled a, b",
  ],
  [
    say("changeSetting", { before: "info", after: "" }),
    "Changed the setting from “info” to “”",
  ],
  // One of a later version, or of names that every object has.
  [say("somethingNew"), "somethingNew"],
  [say("constructor"), "constructor"],
  [say("createAccount"), "Made the account @"],
])("%s", (said, wanted) => expect(said).toBe(wanted));

test("every act has a sentence in every language", async () => {
  const folders = ["src/contexts/admin", "src/edge/web/admin"];
  const paths = folders.flatMap((folder) => [
    ...new Bun.Glob(`${folder}/*.ts*`).scanSync(),
  ]);
  const source = await Promise.all(
    paths
      .filter((path) => !path.includes(".test."))
      .map((path) => Bun.file(path).text()),
  );
  const recorded = source.flatMap((text) =>
    [...text.matchAll(/\baction(?:: | = )"([a-zA-Z]+)"/g)].map(
      ([, name]) => name!,
    ),
  );
  expect(recorded.length).toBeGreaterThan(25);
  for (const name of new Set(recorded)) {
    for (const code of ["en", "de", "fr"]) {
      expect([
        name,
        say(name, { takedown: { applied: true } }, textFor(code)),
      ]).not.toEqual([name, name]);
    }
  }
});
