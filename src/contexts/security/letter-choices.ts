import { isLanguage, type Language } from "#lib/languages.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { Did } from "#repo/syntax.ts";
import type { SessionCaller } from "./caller.ts";
import type { SecurityEvents } from "./events.ts";
import { type LetterTopic, TOPIC_NAMES } from "./letter-topics.ts";

/** What owners want letters about. */
export interface LetterChoices {
  /** Topics that letters are written about; all of them until the owner says otherwise. */
  wanted(did: Did): LetterTopic[];
  /**
   * Puts what is wanted in the place of what was. A change is told by a letter
   * that nobody can switch off. Returns false when it was so already.
   */
  choose(caller: SessionCaller, wanted: readonly LetterTopic[]): boolean;
  /** In which letters come; null for the server's own. */
  language(did: Did): Language | null;
  /** Letters come in this language from now on. Returns false when they did already. */
  chooseLanguage(did: Did, language: Language): boolean;
  /** The same for an owner who never chose: the language of pages that they chose. */
  suggestLanguage(did: Did, language: Language): void;
}

export function createLetterChoices({
  db,
  events,
}: {
  db: Pick<AccountDb, "languages" | "transaction" | "unwantedLetters">;
  events: Pick<SecurityEvents, "recordBy">;
}): LetterChoices {
  const wanted = (did: Did) => {
    const unwanted = db.unwantedLetters.list(did);
    return TOPIC_NAMES.filter((topic) => !unwanted.includes(topic));
  };
  const language = (did: Did) => {
    const code = db.languages.find(did);
    return code !== null && isLanguage(code) ? code : null;
  };
  return {
    wanted,
    language,
    chooseLanguage(did, chosen) {
      if (language(did) === chosen) return false;
      db.languages.put(did, chosen);
      return true;
    },
    suggestLanguage: db.languages.suggest,
    choose: (caller, topics) =>
      db.transaction(() => {
        const before = wanted(caller.did).join();
        const unwanted = TOPIC_NAMES.filter((topic) => !topics.includes(topic));
        db.unwantedLetters.replace(caller.did, unwanted);
        if (wanted(caller.did).join() === before) return false;
        events.recordBy(caller, {
          kind: "lettersChanged",
          detail: { off: unwanted.join(" ") || "none" },
        });
        return true;
      }),
  };
}
