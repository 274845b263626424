import { isCid } from "#repo/cid.ts";
import { type Handle, isHandle, normalizeHandle } from "#repo/syntax.ts";
import { profilePage, type ProfileShown } from "#edge/web/account/profile.tsx";
import { HANDLE_UPDATE, NETWORK_LOOKUP } from "#edge/xrpc/limit-rules.ts";
import { changeProfile, findProfile } from "./own-profile.ts";
import { attempt, PageFault } from "#edge/web/refusal-words.ts";
import {
  doneAt,
  type OwnerHandler,
  ownerShown,
  takeForOwner,
} from "./owner.ts";

export const PROFILE = "/account/profile";

type Given = Parameters<OwnerHandler>;

/** The page as things are now, with what a form has to say. */
export function profile(
  given: Given,
  changes: Partial<ProfileShown> = {},
): Response {
  const [deps, c, owner] = given;
  const { cid, value } = findProfile(given);
  return profilePage(ownerShown(deps, c, owner), {
    displayName: String(value.displayName ?? ""),
    description: String(value.description ?? ""),
    pictures: {
      avatar: findBlobCid(value.avatar),
      banner: findBlobCid(value.banner),
    },
    cid,
    domains: deps.settings.handleDomains,
    ...{ typed: "", preview: null, fault: null },
    ...changes,
  });
}

/** Of a blob in a record, in either of the forms that there are. */
function findBlobCid(blob: unknown): string | null {
  const { ref, cid } = (blob ?? {}) as {
    ref?: { $link?: unknown };
    cid?: unknown;
  };
  const found = ref?.$link ?? cid;
  return typeof found === "string" && isCid(found) ? found : null;
}

export const showProfile: OwnerHandler = (...given) => profile(given);

/** Looks at a new handle, and writes nothing. */
export const previewHandle: OwnerHandler = async (...given) => {
  const [deps, c, owner] = given;
  const form = await deps.pages.readOwnForm(c);
  takeForOwner(deps, c, owner, NETWORK_LOOKUP);
  const typed = (form.get("handle") ?? "").trim().replace(/^@/, "");
  const { text } = deps.pages.shownTo(c);
  const [domain = ""] = deps.settings.handleDomains;
  const outcome = await attempt(text, () => {
    // A name alone is meant as one of ours.
    const whole = typed.includes(".") ? typed : `${typed}${domain}`;
    if (!isHandle(whole)) throw new PageFault(text.account.profile.noHandle);
    const handle: Handle = normalizeHandle(whole);
    return deps.contexts.owner.account.checkHandle(owner.did, handle);
  });
  return "fault" in outcome
    ? profile(given, { typed, fault: outcome.fault })
    : profile(given, { typed, preview: outcome.value });
};

export const changeHandle: OwnerHandler = async (...given) => {
  const [deps, c, owner] = given;
  const form = await deps.pages.readOwnForm(c);
  takeForOwner(deps, c, owner, HANDLE_UPDATE);
  const handle = form.get("handle") ?? "";
  const { text } = deps.pages.shownTo(c);
  const outcome = await attempt(text, () =>
    deps.contexts.accounts.updateHandle({ handle }, owner.caller),
  );
  return "fault" in outcome
    ? profile(given, { typed: handle, fault: outcome.fault })
    : doneAt(PROFILE, "handle-changed");
};

export const saveProfile: OwnerHandler = async (...given) => {
  const [deps, c] = given;
  const form = await deps.pages.readOwnForm(c);
  const { text } = deps.pages.shownTo(c);
  const displayName = (form.get("displayName") ?? "").trim();
  const description = (form.get("description") ?? "").replaceAll("\r\n", "\n");
  const fields = { displayName, description };
  const cid = form.get("cid");
  const outcome = await attempt(text, () =>
    changeProfile(given, { cid, fields }),
  );
  return "fault" in outcome
    ? profile(given, { ...fields, fault: outcome.fault })
    : doneAt(PROFILE, "profile-saved");
};
