import type { MediaUse } from "#contexts/blobs/media.ts";
import type { MissingBlob } from "#contexts/blobs/missing-blobs.ts";
import { mediaPage, missingPage } from "#edge/web/account/media.tsx";
import { blobHeaders } from "#edge/xrpc/methods/bytes.ts";
import { attempt } from "#edge/web/refusal-words.ts";
import { doneAt, type OwnerHandler, ownerShown } from "./owner.ts";

const PATH = "/account/media";
const PAGE = 30;

type Given = Parameters<OwnerHandler>;

export const showMedia: OwnerHandler = (...given) => {
  const [, c] = given;
  const show = c.req.query("show") ?? "";
  if (show === "missing") return showMissing(given);
  return media(given, show === "used" || show === "unused" ? show : "all");
};

function media(given: Given, use: MediaUse, fault: string | null = null) {
  const [deps, c, owner] = given;
  const { owner: own } = deps.contexts;
  const cursor = c.req.query("cursor") ?? null;
  const options = { cursor, use, limit: PAGE };
  const { blobs, cursor: next } = own.media.list(owner.did, options);
  return mediaPage(ownerShown(deps, c, owner), {
    list: { rows: blobs, cursor, next },
    use,
    usage: own.media.usage(owner.did),
    cleanUp: own.cleanUps.find(owner.did),
    fault,
  });
}

async function showMissing([deps, c, owner]: Given) {
  const cursor = c.req.query("cursor") ?? null;
  const page = (await deps.contexts.blobs.listMissingBlobs(
    { limit: PAGE, ...(cursor !== null && { cursor }) },
    owner.caller,
  )) as { blobs: MissingBlob[]; cursor?: string };
  const isFull = page.blobs.length === PAGE;
  const next = isFull ? (page.cursor ?? null) : null;
  const list = { rows: page.blobs, cursor, next };
  return missingPage(ownerShown(deps, c, owner), list);
}

/** As getBlob has it, for those too that no record names, and of accounts that rest. */
export const showFile: OwnerHandler = async (deps, c, { did, caller }) => {
  const cid = c.req.query("cid") ?? "";
  const blob = await deps.contexts.blobs.getBlob({ did, cid }, caller);
  return new Response(blob.stream, { headers: blobHeaders(blob, cid) });
};

export const removeFile: OwnerHandler = async (...given) => {
  const [deps, c, { did }] = given;
  const form = await deps.pages.readOwnForm(c);
  const { text } = deps.pages.shownTo(c);
  const cid = form.get("cid") ?? "";
  const outcome = await attempt(text, () =>
    deps.contexts.owner.media.remove(did, cid),
  );
  if ("fault" in outcome) return media(given, "unused", outcome.fault);
  if (!outcome.value) {
    return media(given, "unused", text.account.media.notRemoved);
  }
  return doneAt(PATH, "file-removed", { show: "unused" });
};

export const removeUnused: OwnerHandler = async (...given) => {
  const [deps, c, { did }] = given;
  await deps.pages.readOwnForm(c);
  const { text } = deps.pages.shownTo(c);
  const outcome = await attempt(text, () =>
    deps.contexts.owner.cleanUps.start(did),
  );
  if ("fault" in outcome) return media(given, "unused", outcome.fault);
  const done = outcome.value === null ? "cleaning" : "cleaned";
  return doneAt(PATH, done, { show: "unused" });
};

export const stopCleaning: OwnerHandler = async (deps, c, { did }) => {
  await deps.pages.readOwnForm(c);
  deps.contexts.owner.cleanUps.cancel(did);
  return doneAt(PATH, "cleaning-stopped", { show: "unused" });
};
