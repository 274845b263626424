import type { Language } from "#lib/languages.ts";
import {
  type LetterTopic,
  TOPIC_NAMES,
} from "#contexts/security/letter-topics.ts";
import { LANGUAGE_NAMES } from "#edge/web/text/catalogue.ts";
import { accountRoom, type OwnerShown } from "./room.tsx";

/** Which warnings an owner gets by mail, and which nobody can switch off. */
export function lettersPage(
  shown: OwnerShown,
  {
    address,
    wanted,
    language,
  }: {
    address: string | null;
    wanted: readonly LetterTopic[];
    language: Language;
  },
): Response {
  const words = shown.text.account.letters;
  return accountRoom(
    shown,
    { title: words.title },
    <>
      <section class="card">
        {address === null ? (
          <p>
            {words.noAddress} <a href="/account/email">{words.addAddress}</a>
          </p>
        ) : (
          <p>{words.hint(address)}</p>
        )}
        <form method="post" action="/account/notifications">
          <fieldset>
            <legend>{words.choose}</legend>
            {TOPIC_NAMES.map((topic) => (
              <label class="tick">
                <input
                  type="checkbox"
                  name="topic"
                  value={topic}
                  checked={wanted.includes(topic)}
                />
                <span>{words.topics[topic]}</span>
              </label>
            ))}
          </fieldset>
          <label class="field">
            {words.language}
            <select name="language">
              {LANGUAGE_NAMES.map(({ code, name }) => (
                <option value={code} lang={code} selected={code === language}>
                  {name}
                </option>
              ))}
            </select>
          </label>
          <button type="submit">{words.save}</button>
        </form>
      </section>
      <section class="card">
        <h2>{words.always}</h2>
        <p>{words.alwaysHint}</p>
        <ul>
          {words.guarded.map((what) => (
            <li>{what}</li>
          ))}
        </ul>
        <p class="quiet">{words.codes}</p>
      </section>
    </>,
  );
}
