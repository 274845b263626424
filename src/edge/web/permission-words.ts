import type { NamedClient } from "#contexts/oauth/client-name.ts";
import type { Asked, AskedRight } from "#contexts/oauth/view.ts";
import type { Text } from "./text/catalogue.ts";

/** What an application is called: where it comes from, never what it says of itself. */
export function nameOf(text: Text, { host }: NamedClient): string {
  return host ?? text.consent.local;
}

/** What was asked, in words, and what a set of permissions holds. */
export interface AskedWords {
  scope: string;
  sentence: string;
  /** The author's name for a set. */
  title: string | null;
  parts: string[];
}

export function describeAsked(text: Text, asked: Asked): AskedWords {
  const { scope } = asked;
  const sentence = sentenceOf(text, asked, scope);
  if (asked.kind !== "set") return { scope, sentence, title: null, parts: [] };
  const parts = asked.rights.map((right) => sentenceOf(text, right, scope));
  return {
    scope,
    sentence,
    title: asked.title,
    parts: parts.length > 0 ? parts : [text.asked.emptySet],
  };
}

function sentenceOf(text: Text, right: AskedRight, scope: string): string {
  const words = text.asked;
  const list = words.join;
  const kinds: Readonly<Record<string, string>> = words.kinds;
  const named = (nsid: string) =>
    Object.hasOwn(kinds, nsid) ? `${nsid} (${kinds[nsid]})` : nsid;
  switch (right.kind) {
    case "generic":
      return words.generic;
    case "chat":
      return words.chat;
    case "repo": {
      const verbs = capitalized(list(verbsOf(text, right.actions)));
      return right.collections.includes("*")
        ? words.repoAll(verbs)
        : words.repo(verbs, list(right.collections.map(named)));
    }
    case "rpc": {
      const isAny = right.audience === "*";
      const service = isAny ? words.anyService : right.audience;
      return right.methods.includes("*")
        ? words.rpcAll(service)
        : words.rpc(list(right.methods), service);
    }
    case "blob":
      return right.accept.includes("*/*")
        ? words.blobAll
        : words.blob(list(right.accept));
    case "account":
      return accountSentence(text, right.attribute, right.action);
    case "identity":
      return right.attribute === "handle" ? words.handle : words.identity;
    case "set":
      return words.set(right.nsid);
    case "other":
      return words.other(scope);
  }
}

function accountSentence(
  { asked }: Text,
  attribute: string,
  action: "read" | "manage",
): string {
  const mayManage = action === "manage";
  switch (attribute) {
    case "email":
      return mayManage ? asked.emailManage : asked.emailRead;
    case "repo":
      return mayManage ? asked.repoManage : asked.repoRead;
    default:
      return mayManage ? asked.statusManage : asked.statusRead;
  }
}

function verbsOf({ asked }: Text, actions: readonly string[]): string[] {
  return actions.map((action) => Reflect.get(asked.verbs, action) as string);
}

function capitalized(sentence: string): string {
  return sentence.slice(0, 1).toUpperCase() + sentence.slice(1);
}
