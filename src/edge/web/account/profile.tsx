import type { HandleReport } from "#contexts/checks/own-account.ts";
import { Field } from "#edge/web/parts.tsx";
import { HandleWays } from "./overview.tsx";
import { type OwnPictures, Picture, PICTURES } from "./pictures.tsx";
import { accountRoom, type OwnerShown } from "./room.tsx";

export interface ProfileShown {
  displayName: string;
  description: string;
  pictures: OwnPictures;
  /** CID of the profile that the form began as; null where there is none. */
  cid: string | null;
  /** Domains under which this server gives names, each with its dot. */
  domains: readonly string[];
  /** What was typed as the new handle. */
  typed: string;
  /** The new handle, looked at; null before. */
  preview: HandleReport | null;
  fault: string | null;
}

/** The handle and what others see of the owner. */
export function profilePage(shown: OwnerShown, given: ProfileShown): Response {
  const { text, owner } = shown;
  const words = text.account.profile;
  const { preview, fault } = given;
  return accountRoom(
    shown,
    { title: words.title, fault, scripts: ["picture.client.js"] },
    <>
      <section class="card">
        <h2>{words.handle}</h2>
        <p>
          {words.now} <strong>{`@${owner.handle}`}</strong>
        </p>
        {preview === null ? (
          <form method="post" action="/account/profile/preview">
            <Field
              label={words.newHandle}
              name="handle"
              value={given.typed}
              hint={words.newHandleHint(given.domains.join(", "))}
              required
              autocomplete="off"
              autocapitalize="none"
              spellcheck={false}
            />
            <button type="submit">{words.look}</button>
          </form>
        ) : (
          <Preview shown={shown} preview={preview} />
        )}
      </section>
      <section class="card">
        <h2>{words.profile}</h2>
        <p class="quiet">{words.profileHint}</p>
        <form method="post" action="/account/profile/save">
          {given.cid !== null && (
            <input type="hidden" name="cid" value={given.cid} />
          )}
          <Field
            label={words.displayName}
            name="displayName"
            value={given.displayName}
            maxlength={640}
            autocomplete="name"
          />
          <label class="field">
            {words.description}
            <textarea name="description" maxlength={2560}>
              {given.description}
            </textarea>
          </label>
          <button type="submit">{words.save}</button>
        </form>
      </section>
      <section class="card">
        <h2>{words.pictures.title}</h2>
        {PICTURES.map((name) => (
          <Picture
            {...{ text, name }}
            picture={given.pictures[name]}
            profile={given.cid}
          />
        ))}
      </section>
    </>,
  );
}

/** What would happen, before anything is written anywhere. */
function Preview({
  shown,
  preview,
}: {
  shown: OwnerShown;
  preview: HandleReport;
}) {
  const { text, owner } = shown;
  const words = text.account.profile;
  const { handle, forward } = preview;
  const leadsHere = ["ours", "dns", "https"].includes(forward.kind);
  return (
    <>
      <p>
        {words.wouldBe} <strong>{`@${handle}`}</strong>
      </p>
      {!leadsHere && (
        <>
          <HandleWays text={text} report={preview} />
          <p>{words.either}</p>
          <dl>
            <div>
              <dt>{words.dns}</dt>
              <dd>
                <code>{`_atproto.${handle} TXT "did=${owner.did}"`}</code>
              </dd>
            </div>
            <div>
              <dt>{words.https}</dt>
              <dd>
                <code>{`https://${handle}/.well-known/atproto-did`}</code>
                {" → "}
                <code>{owner.did}</code>
              </dd>
            </div>
          </dl>
        </>
      )}
      {leadsHere && <p>{words.previewHint}</p>}
      <form
        method="post"
        action={
          leadsHere ? "/account/profile/handle" : "/account/profile/preview"
        }
      >
        <input type="hidden" name="handle" value={handle} />
        <div class="actions">
          <button type="submit">{leadsHere ? words.take : words.again}</button>
          <a class="button plain" href="/account/profile">
            {words.keep}
          </a>
        </div>
      </form>
    </>
  );
}
