import type { MissingBlob } from "#contexts/blobs/missing-blobs.ts";
import { mediaPage, missingPage } from "#edge/web/account/media.tsx";
import { blobHeaders } from "#edge/xrpc/methods/bytes.ts";
import { doneAt, type OwnerHandler, ownerShown } from "./owner.ts";

const PATH = "/account/media";
const PAGE = 30;

export const showMedia: OwnerHandler = async (deps, c, owner) => {
  const shown = ownerShown(deps, c, owner);
  const cursor = c.req.query("cursor") ?? null;
  const { owner: own, blobs } = deps.contexts;
  if (c.req.query("show") === "missing") {
    const page = (await blobs.listMissingBlobs(
      { limit: PAGE, ...(cursor !== null && { cursor }) },
      owner.caller,
    )) as { blobs: MissingBlob[]; cursor?: string };
    const isFull = page.blobs.length === PAGE;
    const next = isFull ? (page.cursor ?? null) : null;
    return missingPage(shown, { rows: page.blobs, cursor, next });
  }
  const page = own.media.list(owner.did, { cursor, limit: PAGE });
  return mediaPage(shown, { rows: page.blobs, cursor, next: page.cursor });
};

/** As getBlob has it, for those too that no record names, and of accounts that rest. */
export const showFile: OwnerHandler = async (deps, c, { did, caller }) => {
  const cid = c.req.query("cid") ?? "";
  const blob = await deps.contexts.blobs.getBlob({ did, cid }, caller);
  return new Response(blob.stream, { headers: blobHeaders(blob, cid) });
};

export const removeUnused: OwnerHandler = async (deps, c, { did }) => {
  await deps.pages.readOwnForm(c);
  await deps.contexts.owner.media.removeUnused(did);
  return doneAt(PATH, "cleaned");
};
