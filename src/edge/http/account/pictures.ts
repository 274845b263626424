import { SNIFF_SIZE_BYTES, sniffMimeType } from "#contexts/blobs/mime.ts";
import { BLOB_UPLOAD } from "#edge/xrpc/limit-rules.ts";
import { openUpload } from "#edge/http/upload.ts";
import type { PictureName } from "#edge/web/account/pictures.tsx";
import type { Text } from "#edge/web/text/catalogue.ts";
import { changeProfile } from "./own-profile.ts";
import { attempt, PageFault } from "#edge/web/refusal-words.ts";
import { doneAt, type OwnerHandler, takeForOwner } from "./owner.ts";
import { PROFILE, profile } from "./profile.ts";

/** The two pictures of a profile. */

/** Both of them. @see the lexicon app.bsky.actor.profile */
const MAX_BYTES = 1_000_000;
const TYPES = ["image/png", "image/jpeg"];

/** Puts a picture in the place of what was there. */
export function putPicture(name: PictureName): OwnerHandler {
  return async (...given) => {
    const [deps, c, owner] = given;
    deps.pages.assertOwnForm(c);
    takeForOwner(deps, c, owner, BLOB_UPLOAD);
    const { text } = deps.pages.shownTo(c);
    const outcome = await attempt(text, async () => {
      deps.contexts.space.assertRoom("much");
      const bytes = await readPicture(text, c.req.raw);
      const { blob } = (await deps.contexts.blobs.uploadBlob({
        caller: owner.caller,
        body: new Blob([bytes]).stream(),
        contentType: sniffMimeType(bytes),
        contentLength: bytes.length,
      })) as { blob: object };
      const cid = c.req.query("cid") || null;
      await changeProfile(given, { cid, fields: { [name]: blob } });
    });
    return "fault" in outcome
      ? profile(given, { fault: outcome.fault })
      : doneAt(PROFILE, "profile-saved");
  };
}

/** Takes it out of the profile; the file goes by itself when nothing else uses it. */
export function removePicture(name: PictureName): OwnerHandler {
  return async (...given) => {
    const [deps, c] = given;
    const form = await deps.pages.readOwnForm(c);
    const { text } = deps.pages.shownTo(c);
    const cid = form.get("cid") || null;
    const fields = { [name]: undefined };
    const outcome = await attempt(text, () =>
      changeProfile(given, { cid, fields }),
    );
    return "fault" in outcome
      ? profile(given, { fault: outcome.fault })
      : doneAt(PROFILE, "profile-saved");
  };
}

/** @throws XrpcError InvalidRequest for what is no picture that a profile may have. */
async function readPicture(
  text: Text,
  request: Request,
): Promise<Uint8Array<ArrayBuffer>> {
  const words = text.account.profile.pictures;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of await openUpload(request)) {
    size += chunk.length;
    if (size > MAX_BYTES) throw new PageFault(words.tooLarge);
    chunks.push(chunk);
  }
  if (size === 0) throw new PageFault(words.nothing);
  const bytes = new Uint8Array(Buffer.concat(chunks));
  const type = sniffMimeType(bytes.subarray(0, SNIFF_SIZE_BYTES));
  if (!TYPES.includes(type ?? "")) throw new PageFault(words.otherType);
  return bytes;
}
