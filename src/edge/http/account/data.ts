import { dataPage } from "#edge/web/account/data.tsx";
import {
  IMPORT_REPORT,
  importReportPage,
} from "#edge/web/account/import-report.tsx";
import { seeOther } from "#edge/http/pages.ts";
import { REPO_EXPORT, REPO_IMPORT } from "#edge/xrpc/limit-rules.ts";
import { openUpload } from "#edge/http/upload.ts";
import { asFile, asStream } from "./file.ts";
import { attempt } from "#edge/web/refusal-words.ts";
import {
  doneAt,
  type OwnerHandler,
  ownerShown,
  takeForOwner,
} from "./owner.ts";

type Given = Parameters<OwnerHandler>;

function page([deps, c, owner]: Given, fault: string | null): Response {
  const report = deps.contexts.migration.findReport(owner.did);
  const importedAtMs = report?.importedAtMs ?? null;
  return dataPage(ownerShown(deps, c, owner), { importedAtMs, fault });
}

export const showData: OwnerHandler = (...given) => page(given, null);

const PAGE = 50;

/** A page of the records that did not fit; the cursor is how many went before. */
export const showReport: OwnerHandler = (deps, c, owner) => {
  const report = deps.contexts.migration.findReport(owner.did);
  if (report === null) return seeOther("/account/data");
  const given = c.req.query("cursor") ?? "";
  const start = /^\d{1,4}$/.test(given) ? Number(given) : 0;
  const { misfitExamples: all } = report;
  const rows = all.slice(start, start + PAGE);
  return importReportPage(ownerShown(deps, c, owner), report, {
    rows,
    cursor: start === 0 ? null : given,
    next: start + PAGE < all.length ? String(start + PAGE) : null,
  });
};

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
  const preferences = await records.getPreferences(owner.caller);
  const json = JSON.stringify(preferences, null, 2);
  return asFile(json, `${owner.handle}-preferences.json`, "application/json");
};

export const importRepo: OwnerHandler = async (...given) => {
  const [deps, c, owner] = given;
  deps.pages.assertOwnForm(c);
  takeForOwner(deps, c, owner, REPO_IMPORT);
  const { text } = deps.pages.shownTo(c);
  const outcome = await attempt(text, async () => {
    deps.contexts.space.assertRoom("much");
    const body = await openUpload(c.req.raw);
    const { caller } = owner;
    await deps.contexts.migration.importRepo({ caller, body });
  });
  return "fault" in outcome
    ? page(given, outcome.fault)
    : doneAt(IMPORT_REPORT, "imported");
};
