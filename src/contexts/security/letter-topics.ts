import type { NoticeKind } from "#contexts/mail/notices.ts";

/**
 * The letters that an owner may do without, by what they are about: one row
 * each. Letters that are not here guard the account against being taken over,
 * and whoever tries that would switch them off first; so a new kind of letter
 * is always written until somebody puts it here.
 */
export const LETTER_TOPICS = {
  signIns: { kinds: ["newDevice"] },
  oldKeys: {
    kinds: ["sessionReused", "tokenReused"],
  },
  appPasswords: { kinds: ["appPasswordCreated"] },
  handle: { kinds: ["handleChanged"] },
} as const satisfies Record<
  string,
  {
    kinds: readonly NoticeKind[];
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
