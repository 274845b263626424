import { isLanguage } from "#lib/languages.ts";
import { TOPIC_NAMES } from "#contexts/security/letter-topics.ts";
import { lettersPage } from "#edge/web/account/letters.tsx";
import { doneAt, type OwnerHandler, ownerShown } from "./owner.ts";

export const showLetters: OwnerHandler = (deps, c, owner) => {
  const { account, letters } = deps.contexts.owner;
  return lettersPage(ownerShown(deps, c, owner), {
    address: account.email(owner.did).address,
    wanted: letters.wanted(owner.did),
    language: letters.language(owner.did) ?? deps.settings.language,
  });
};

/** What is not ticked is not wanted; names that nobody knows are passed over. */
export const chooseLetters: OwnerHandler = async (deps, c, owner) => {
  const form = await deps.pages.readOwnForm(c);
  const ticked = form.getAll("topic");
  const wanted = TOPIC_NAMES.filter((topic) => ticked.includes(topic));
  const { letters } = deps.contexts.owner;
  const language = form.get("language") ?? "";
  const isOther =
    isLanguage(language) && letters.chooseLanguage(owner.did, language);
  const isChanged = letters.choose(owner.caller, wanted);
  return doneAt(
    "/account/notifications",
    isChanged ? "letters-chosen" : isOther ? "saved" : "letters-kept",
  );
};
