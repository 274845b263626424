import { renderNote, type RenderedNote } from "./note.ts";

/** Letters that tell of something and ask for nothing. `{handle}` and `{service}` are filled in. */
const NOTICES = {
  sessionReused: {
    subject: "A session of your account was ended",
    content: `Somebody used an old key of a session of {handle} on {service} that had been replaced long before. Two programs may hold a copy of it, so the session has been ended and has to be signed in to again.

If you restored an app or a device from a backup, this is why. If you did not, somebody may have copied the key: change your password.`,
  },
} as const;

export type NoticeKind = keyof typeof NOTICES;

export function renderNotice(
  kind: NoticeKind,
  values: { handle: string; service: string },
): RenderedNote & { subject: string } {
  const { subject, content } = NOTICES[kind];
  const filled = content
    .replaceAll("{handle}", () => values.handle)
    .replaceAll("{service}", () => values.service);
  return { subject, ...renderNote(filled) };
}
