import { ADMIN_PASSWORD, call, createAccount } from "./network.ts";
import type { Random } from "./random.ts";
import { get } from "./readback.ts";

/** Something that a moderator or operator switches on and off. */
interface Subject {
  name: string;
  /** As updateSubjectStatus takes it. */
  subject: { $type: string; [field: string]: string };
  /** As getSubjectStatus takes it. */
  params: Record<string, string>;
  field: "takedown" | "deactivated";
  isApplied: boolean;
  /** What a call that got no answer would have made of it. */
  open: boolean | null;
}

/** A moderator at work while the server may go at any moment. */
export interface Moderation {
  /** Switches one thing after the other until it should stop or the server is gone. */
  run(url: string, shouldGoOn: () => boolean): Promise<void>;
  /** Sentences on what is not as was answered. */
  check(url: string): Promise<string[]>;
  readonly answered: number;
}

const POST = "app.bsky.feed.post";
const CREATED_AT = "2026-01-02T03:04:05.678Z";
const RECORDS = 6;
const ADMIN = `Basic ${btoa(`admin:${ADMIN_PASSWORD}`)}`;

export async function startModeration(
  url: string,
  random: Random,
): Promise<Moderation> {
  const banned = await createAccount(url, "takendown-one");
  const paused = await createAccount(url, "paused-one");
  const subjects = [
    accountSubject(banned.did, "takedown"),
    accountSubject(paused.did, "deactivated"),
    ...(await createThings(url)),
  ];
  const problems: string[] = [];
  let answered = 0;

  async function settle(url: string, one: Subject): Promise<string[]> {
    const nsid = "com.atproto.admin.getSubjectStatus";
    const status = await get(url, nsid, one.params, ADMIN);
    const isApplied = status[one.field].applied;
    const isRight =
      isApplied === one.isApplied ||
      (one.open !== null && isApplied === one.open);
    one.isApplied = isApplied;
    one.open = null;
    return isRight ? [] : [`${one.name}: ${one.field} is ${isApplied}`];
  }

  return {
    get answered() {
      return answered;
    },
    async run(url, shouldGoOn) {
      while (shouldGoOn()) {
        const one = random.pick(subjects);
        const applied = !one.isApplied;
        const input = { subject: one.subject, [one.field]: { applied } };
        const nsid = "com.atproto.admin.updateSubjectStatus";
        let answer;
        try {
          answer = await call(url, nsid, { input, token: ADMIN });
        } catch {
          one.open = applied;
          return;
        }
        if (answer.status !== 200) {
          problems.push(
            `${nsid} of ${one.name} answered ${answer.status} ${JSON.stringify(answer.body)}`,
          );
          return;
        }
        one.isApplied = applied;
        answered++;
      }
    },
    async check(url) {
      const found = problems.splice(0);
      for (const one of subjects) found.push(...(await settle(url, one)));
      return found;
    },
  };
}

function accountSubject(did: string, field: Subject["field"]): Subject {
  return {
    name: did,
    subject: { $type: "com.atproto.admin.defs#repoRef", did },
    params: { did },
    field,
    ...{ isApplied: false, open: null },
  };
}

/** Records and blobs of an account that does nothing else. */
async function createThings(url: string): Promise<Subject[]> {
  const { did, accessJwt: token } = await createAccount(url, "judged-one");
  const subjects: Subject[] = [];
  for (let i = 0; i < RECORDS; i++) {
    const { body: upload } = await call(url, "com.atproto.repo.uploadBlob", {
      token,
      type: "image/gif",
      input: new TextEncoder().encode(`GIF89a ${i}`),
    });
    const images = [{ image: upload.blob, alt: "" }];
    const embed = { $type: "app.bsky.embed.images", images };
    const record = { $type: POST, text: `${i}`, createdAt: CREATED_AT, embed };
    const { body } = await call(url, "com.atproto.repo.createRecord", {
      token,
      input: { repo: did, collection: POST, record },
    });
    const { uri, cid } = body;
    const blob = upload.blob.ref.$link;
    const state = { field: "takedown" as const, isApplied: false, open: null };
    subjects.push(
      {
        ...{ name: uri, params: { uri }, ...state },
        subject: { $type: "com.atproto.repo.strongRef", uri, cid },
      },
      {
        ...{ name: blob, params: { did, blob }, ...state },
        subject: {
          $type: "com.atproto.admin.defs#repoBlobRef",
          ...{ did, cid: blob },
        },
      },
    );
  }
  return subjects;
}
