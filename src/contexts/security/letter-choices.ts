import type { AccountDb } from "#storage/account/account-db.ts";
import type { Did } from "#repo/syntax.ts";
import type { SessionCaller } from "./caller.ts";
import type { SecurityEvents } from "./events.ts";
import {
  LETTER_TOPICS,
  type LetterTopic,
  TOPIC_NAMES,
} from "./letter-topics.ts";

/** What owners want letters about. */
export interface LetterChoices {
  /** Topics that letters are written about; all of them until the owner says otherwise. */
  wanted(did: Did): LetterTopic[];
  /**
   * Puts what is wanted in the place of what was. A change is told by a letter
   * that nobody can switch off. Returns false when it was so already.
   */
  choose(caller: SessionCaller, wanted: readonly LetterTopic[]): boolean;
}

export function createLetterChoices({
  db,
  events,
}: {
  db: Pick<AccountDb, "unwantedLetters" | "transaction">;
  events: Pick<SecurityEvents, "recordBy">;
}): LetterChoices {
  const wanted = (did: Did) => {
    const unwanted = db.unwantedLetters.list(did);
    return TOPIC_NAMES.filter((topic) => !unwanted.includes(topic));
  };
  return {
    wanted,
    choose: (caller, topics) =>
      db.transaction(() => {
        const before = wanted(caller.did).join();
        const unwanted = TOPIC_NAMES.filter((topic) => !topics.includes(topic));
        db.unwantedLetters.replace(caller.did, unwanted);
        if (wanted(caller.did).join() === before) return false;
        const names = unwanted.map((topic) => LETTER_TOPICS[topic].name);
        events.recordBy(caller, {
          kind: "lettersChanged",
          detail: { off: names.join(", ") || "none" },
        });
        return true;
      }),
  };
}
