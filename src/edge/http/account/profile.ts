import { invalidRequest } from "#lib/errors.ts";
import { type Handle, isHandle, normalizeHandle } from "#repo/syntax.ts";
import { profilePage, type ProfileShown } from "#edge/web/account/profile.tsx";
import {
  HANDLE_UPDATE,
  NETWORK_LOOKUP,
  PUT_RECORD,
} from "#edge/xrpc/limit-rules.ts";
import {
  attempt,
  doneAt,
  type OwnerHandler,
  ownerShown,
  takeForOwner,
} from "./owner.ts";

const PATH = "/account/profile";
const COLLECTION = "app.bsky.actor.profile";
const RKEY = "self";

type Given = Parameters<OwnerHandler>;

function findProfile([{ contexts }, , { did }]: Given) {
  const path = { collection: COLLECTION, rkey: RKEY };
  const record = contexts.owner.explorer.findRecord(did, path);
  const value = (record?.value ?? {}) as Record<string, unknown>;
  return { cid: record?.cid ?? null, value };
}

function page(given: Given, changes: Partial<ProfileShown> = {}): Response {
  const [deps, c, owner] = given;
  const { cid, value } = findProfile(given);
  return profilePage(ownerShown(deps, c, owner), {
    displayName: String(value.displayName ?? ""),
    description: String(value.description ?? ""),
    cid,
    domains: deps.settings.handleDomains,
    ...{ typed: "", preview: null, fault: null },
    ...changes,
  });
}

export const showProfile: OwnerHandler = (...given) => page(given);

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
    if (!isHandle(whole)) throw invalidRequest(text.account.profile.noHandle);
    const handle: Handle = normalizeHandle(whole);
    return deps.contexts.owner.account.checkHandle(owner.did, handle);
  });
  return "fault" in outcome
    ? page(given, { typed, fault: outcome.fault })
    : page(given, { typed, preview: outcome.value });
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
    ? page(given, { typed: handle, fault: outcome.fault })
    : doneAt(PATH, "handle-changed");
};

/** Keeps what else is in the profile, and overwrites nothing unseen. */
export const saveProfile: OwnerHandler = async (...given) => {
  const [deps, c, owner] = given;
  const form = await deps.pages.readOwnForm(c);
  takeForOwner(deps, c, owner, PUT_RECORD);
  const { text } = deps.pages.shownTo(c);
  const displayName = (form.get("displayName") ?? "").trim();
  const description = (form.get("description") ?? "").replaceAll("\r\n", "\n");
  const { value } = findProfile(given);
  const outcome = await attempt(text, async () => {
    const record = {
      ...{ ...value, $type: COLLECTION, displayName, description },
    };
    const input = { repo: owner.did, collection: COLLECTION, rkey: RKEY };
    const swapRecord = form.get("cid");
    await deps.contexts.records.putRecord(
      { ...input, record, swapRecord },
      owner.caller,
    );
  });
  return "fault" in outcome
    ? page(given, { displayName, description, fault: outcome.fault })
    : doneAt(PATH, "profile-saved");
};
