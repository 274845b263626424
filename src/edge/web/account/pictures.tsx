import { Act, hrefWith } from "#edge/web/parts.tsx";
import type { Text } from "#edge/web/text/catalogue.ts";

/** Fields of the profile that hold a picture. */
export const PICTURES = ["avatar", "banner"] as const;
export type PictureName = (typeof PICTURES)[number];

/** CID by name; null where there is none. */
export type OwnPictures = Readonly<Record<PictureName, string | null>>;

/** A picture of the profile as it is, and the ways to another one and to none. */
export function Picture(given: {
  text: Text;
  name: PictureName;
  picture: string | null;
  /** CID of the profile that is shown; null where there is none. */
  profile: string | null;
}) {
  const { text, name, picture, profile } = given;
  const words = text.account.profile.pictures;
  const cid = profile ?? "";
  const fileId = `${name}-file`;
  return (
    <div class="picture">
      <h3>{words.names[name]}</h3>
      {picture === null ? (
        <p class="quiet">{words.none}</p>
      ) : (
        <img
          class={name}
          src={hrefWith("/account/media/file", { cid: picture })}
          alt={words.present[name]}
        />
      )}
      <form
        method="post"
        action={hrefWith(`/account/profile/${name}`, { cid })}
        enctype="multipart/form-data"
      >
        <label class="field" for={fileId}>
          {words.choose[name]}
        </label>
        <input
          type="file"
          id={fileId}
          name="picture"
          accept="image/png,image/jpeg"
          required
          data-shrinks="1000000"
          aria-describedby={`${fileId}-hint`}
        />
        <p class="quiet" id={`${fileId}-hint`}>
          {words.hint}
        </p>
        <div class="actions">
          <button type="submit" class="plain">
            {words.put[name]}
          </button>
        </div>
      </form>
      {picture !== null && (
        <p>
          <Act
            action={`/account/profile/remove-${name}`}
            fields={{ cid }}
            look="danger plain small"
          >
            {words.remove[name]}
          </Act>
        </p>
      )}
    </div>
  );
}
