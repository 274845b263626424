import type { NoticeKind } from "#contexts/mail/notices.ts";

/**
 * The letters that an owner may do without, by what they are about: one row
 * each. Letters that are not here guard the account against being taken over,
 * and whoever tries that would switch them off first; so a new kind of letter
 * is always written until somebody puts it here.
 */
export const LETTER_TOPICS = {
  signIns: { kinds: ["newDevice"], name: "new sign-ins" },
  oldKeys: {
    kinds: ["sessionReused", "tokenReused"],
    name: "sessions and applications that were signed out",
  },
  appPasswords: { kinds: ["appPasswordCreated"], name: "new app passwords" },
  handle: { kinds: ["handleChanged"], name: "changes of the handle" },
} as const satisfies Record<
  string,
  {
    kinds: readonly NoticeKind[];
    /** In the letter that tells of the choice. */
    name: string;
  }
>;

export type LetterTopic = keyof typeof LETTER_TOPICS;

export const TOPIC_NAMES = Object.keys(LETTER_TOPICS) as LetterTopic[];

/** What the owner can switch a letter off by; null for one that is always written. */
export function topicOf(letter: NoticeKind): LetterTopic | null {
  return (
    TOPIC_NAMES.find((topic) => {
      const kinds: readonly NoticeKind[] = LETTER_TOPICS[topic].kinds;
      return kinds.includes(letter);
    }) ?? null
  );
}
