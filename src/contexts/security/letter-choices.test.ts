import { afterEach, beforeEach, expect, test } from "bun:test";
import type { NoticeKind } from "#contexts/mail/notices.ts";
import type { SessionCaller } from "./caller.ts";
import { EVENT_KINDS, type EventKind, ruleOf } from "./event-kinds.ts";
import { ALICE, type EventsHost, openEvents } from "./events-fixture.ts";
import { createLetterChoices, type LetterChoices } from "./letter-choices.ts";
import { TOPIC_NAMES, topicOf } from "./letter-topics.ts";

const CALLER = { kind: "session", did: ALICE } as SessionCaller;

let host: EventsHost;
let letters: EventsHost["letters"];
let events: EventsHost["events"];
let choices: LetterChoices;

beforeEach(() => {
  host = openEvents();
  ({ letters, events } = host);
  choices = createLetterChoices(host);
});
afterEach(() => host.close());

const kinds = () => letters.splice(0).map(({ kind }) => kind);

/** Lets everything happen that a letter tells of; answers which were written. */
function letAllHappen(): Set<NoticeKind> {
  for (const kind of Object.keys(EVENT_KINDS) as EventKind[]) {
    events.record({ did: ALICE, kind });
  }
  const from = (ip: string) => ({ ip, userAgent: "app/1.0" });
  events.recordSignIn({ did: ALICE, from: from("192.0.2.7") });
  events.recordSignIn({ did: ALICE, from: from("203.0.113.7") });
  return new Set(kinds());
}

test("all letters are written until the owner says otherwise", () => {
  expect(choices.wanted(ALICE)).toEqual(TOPIC_NAMES);
  const all = Object.keys(EVENT_KINDS)
    .map((kind) => ruleOf(kind as EventKind).letter)
    .filter((letter) => letter !== undefined);
  expect(letAllHappen()).toEqual(new Set([...all, "newDevice"]));
});

test("what is not wanted is not written, and what guards the account is", () => {
  choices.choose(CALLER, []);
  expect(kinds()).toEqual(["lettersChanged"]);
  const written = letAllHappen();
  expect([...written].filter((kind) => topicOf(kind) !== null)).toEqual([]);
  const guarded: NoticeKind[] = [
    ...(["passwordChanged", "passwordRemoved", "emailChanged"] as const),
    ...(["signInPolicyChanged", "factorAdded", "factorRemoved"] as const),
    ...(["backupCodesReplaced", "backupCodeUsed", "factorGuessed"] as const),
    ...(["recoveryBegun", "recoveryCancelled", "recoveryDone"] as const),
    ...(["recoveryKeyUsed", "identitySigned", "identityChanged"] as const),
    ...(["delegationGranted", "lettersChanged"] as const),
  ];
  expect([...written].sort()).toEqual(guarded.sort());
});

test("the log has what no letter tells of", () => {
  choices.choose(CALLER, []);
  events.record({ did: ALICE, kind: "handleChanged" });
  const [newest] = events.list(ALICE).events;
  expect(newest!.kind).toBe("handleChanged");
});

test("one topic is chosen apart from the others, and comes back", () => {
  choices.choose(CALLER, ["handle"]);
  const [letter] = letters.splice(0);
  expect(letter!.facts.detail.off).toBe("signIns oldKeys appPasswords");
  expect(choices.wanted(ALICE)).toEqual(["handle"]);
  events.record({ did: ALICE, kind: "handleChanged" });
  events.record({ did: ALICE, kind: "appPasswordCreated" });
  expect(kinds()).toEqual(["handleChanged"]);
  expect(choices.choose(CALLER, ["handle"])).toBe(false);
  expect(kinds()).toEqual([]);
  expect(choices.choose(CALLER, TOPIC_NAMES)).toBe(true);
  expect(letters.splice(0)[0]!.facts.detail.off).toBe("none");
  events.record({ did: ALICE, kind: "appPasswordCreated" });
  expect(kinds()).toEqual(["appPasswordCreated"]);
});
