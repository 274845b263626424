import type { ImportReport } from "#contexts/migration/import-repo.ts";
import { dataPage } from "#edge/web/account/data.tsx";
import { REPO_EXPORT, REPO_IMPORT } from "#edge/xrpc/limit-rules.ts";
import { openUpload } from "#edge/http/upload.ts";
import { asFile, asStream } from "./file.ts";
import {
  attempt,
  type OwnerHandler,
  ownerShown,
  takeForOwner,
} from "./owner.ts";

export const showData: OwnerHandler = (deps, c, owner) =>
  dataPage(ownerShown(deps, c, owner), { report: null, fault: null });

/** For owners of accounts that others can't read either. */
export const downloadRepo: OwnerHandler = async (deps, c, owner) => {
  takeForOwner(deps, c, owner, REPO_EXPORT);
  const { did, caller, handle } = owner;
  const car = await deps.contexts.sync.getRepo({ did }, caller);
  return asStream(c, car as ReadableStream, {
    name: `${handle}.car`,
    type: "application/vnd.ipld.car",
  });
};

/** Everything in one file, for somebody who leaves or wants a copy at home. */
export const downloadArchive: OwnerHandler = (deps, c, owner) => {
  takeForOwner(deps, c, owner, REPO_EXPORT);
  const archive = deps.contexts.owner.archives.open(owner.caller);
  const file = { name: `${owner.handle}.tar`, type: "application/x-tar" };
  return asStream(c, archive, file);
};

export const downloadPreferences: OwnerHandler = async (deps, _c, owner) => {
  const { records } = deps.contexts;
  const preferences = await records.getPreferences({}, owner.caller);
  const json = JSON.stringify(preferences, null, 2);
  return asFile(json, `${owner.handle}-preferences.json`, "application/json");
};

export const importRepo: OwnerHandler = async (deps, c, owner) => {
  deps.pages.assertOwnForm(c);
  takeForOwner(deps, c, owner, REPO_IMPORT);
  const shown = ownerShown(deps, c, owner);
  const outcome = await attempt(shown.text, async () => {
    deps.contexts.space.assertRoom("much");
    const body = await openUpload(c.req.raw);
    const { caller } = owner;
    return (await deps.contexts.migration.importRepo({
      ...{ caller, body },
    })) as ImportReport;
  });
  return "fault" in outcome
    ? dataPage(shown, { report: null, fault: outcome.fault })
    : dataPage(shown, { report: outcome.value, fault: null });
};
