import type { PagePlace } from "#contexts/records/explorer.ts";
import { invalidRequest, XrpcError } from "#lib/errors.ts";
import { collectionHref, recordHref } from "#edge/web/account/json.tsx";
import {
  editorPage,
  type EditorShown,
  recordPage,
} from "#edge/web/account/record.tsx";
import {
  collectionPage,
  repoPage,
  reviewPage,
} from "#edge/web/account/repo.tsx";
import { isTypedName } from "#edge/web/parts.tsx";
import {
  CREATE_RECORD,
  DELETE_RECORD,
  PUT_RECORD,
} from "#edge/xrpc/limit-rules.ts";
import { seeOther } from "#edge/http/pages.ts";
import { attempt, PageFault } from "#edge/web/refusal-words.ts";
import {
  doneAt,
  type OwnerHandler,
  ownerShown,
  takeForOwner,
} from "./owner.ts";

const PATH = "/account/repo";
const PAGE = 50;
/** A record has up to a megabyte, which a form may make three of. */
const MAX_FORM_BYTES = 4 * 1024 * 1024;

export const showRepo: OwnerHandler = (deps, c, owner) => {
  const { explorer, bulkDeletions } = deps.contexts.owner;
  const { did } = owner;
  const deletion = bulkDeletions.find(did);
  const nowMs = deps.clock.nowMs();
  const inMs = (atMs: number | null) => (atMs === null ? null : atMs - nowMs);
  return repoPage(ownerShown(deps, c, owner), {
    head: explorer.findHead(did),
    collections: explorer.listCollections(did),
    deletion: deletion && {
      ...deletion,
      againInMs: inMs(deletion.againAtMs),
      leftMs: inMs(deletion.doneAtMs),
    },
  });
};

export const showCollection: OwnerHandler = (deps, c, owner) => {
  const collection = c.req.query("c") ?? "";
  const page = deps.contexts.owner.explorer.listRecords(owner.did, {
    ...{ collection, limit: PAGE },
    place: placeOf(c.req.query()),
  });
  return collectionPage(ownerShown(deps, c, owner), collection, page);
};

function placeOf(query: Record<string, string>): PagePlace {
  if (query.older !== undefined) return { olderThan: query.older };
  if (query.newer !== undefined) return { newerThan: query.newer };
  return { at: query.end === "oldest" ? "oldest" : "newest" };
}

export const showRecord: OwnerHandler = (deps, c, owner) => {
  const path = {
    collection: c.req.query("c") ?? "",
    rkey: c.req.query("k") ?? "",
  };
  const record = deps.contexts.owner.explorer.findRecord(owner.did, path);
  if (record === null) throw notThere();
  return recordPage(ownerShown(deps, c, owner), record);
};

const notThere = () => new XrpcError("NotFound", "There is no such record");

export const showEditor: OwnerHandler = (deps, c, owner) => {
  const { explorer } = deps.contexts.owner;
  const collection = c.req.query("c") ?? "";
  const rkey = c.req.query("k") ?? "";
  const isNew = rkey === "";
  const record = isNew
    ? null
    : explorer.findRecord(owner.did, { collection, rkey });
  if (!isNew && record === null) throw notThere();
  const value = record?.value ?? { $type: collection };
  return editorPage(ownerShown(deps, c, owner), {
    ...{ collection, rkey, fault: null, current: null },
    cid: record?.cid ?? null,
    json: JSON.stringify(value, null, 2),
  });
};

/** Writes only over what its owner has seen: a record that has changed meanwhile is shown first. */
export const saveRecord: OwnerHandler = async (deps, c, owner) => {
  const form = await deps.pages.readOwnForm(c, MAX_FORM_BYTES);
  const shown = ownerShown(deps, c, owner);
  const { did: repo, caller } = owner;
  const edited: EditorShown = {
    collection: (form.get("c") ?? "").trim(),
    rkey: (form.get("k") ?? "").trim(),
    cid: form.get("cid"),
    json: form.get("json") ?? "",
    fault: null,
    current: null,
  };
  const { collection, rkey, cid } = edited;
  takeForOwner(deps, c, owner, cid === null ? CREATE_RECORD : PUT_RECORD);
  const { records, owner: own } = deps.contexts;
  const saved = await attempt(shown.text, async () => {
    deps.contexts.space.assertRoom("some");
    const record = parseRecord(edited.json);
    const input = { repo, collection, record };
    const given = rkey === "" ? {} : { rkey };
    return cid === null
      ? await records.createRecord({ ...input, ...given }, caller)
      : await records.putRecord({ ...input, rkey, swapRecord: cid }, caller);
  });
  if (!("fault" in saved)) {
    const { uri } = saved.value as { uri: string };
    const key = uri.slice(uri.lastIndexOf("/") + 1);
    return seeOther(`${recordHref(collection, key)}&done=saved`);
  }
  const { fault } = saved;
  const current =
    cid === null ? null : own.explorer.findRecord(repo, { collection, rkey });
  const isOther = current !== null && current.cid !== cid;
  return editorPage(shown, {
    ...{ ...edited, fault },
    ...(isOther && { current, cid: current.cid }),
  });
};

function parseRecord(json: string): object {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    const reason = error instanceof Error ? error.message : "";
    throw invalidRequest(`This is not JSON. ${reason}`, error).because(
      "jsonBad",
      { said: reason },
    );
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value;
  }
  throw invalidRequest("A record is a JSON object: it begins with {").because(
    "objectOnly",
  );
}

/** Says what would be deleted. */
export const reviewDeletion: OwnerHandler = async (deps, c, owner) => {
  const form = await deps.pages.readOwnForm(c);
  const { collection, rkeys } = readDeletion(form);
  if (rkeys?.length === 0) return seeOther(collectionHref(collection));
  const count = rkeys?.length ?? countOf(deps, owner, collection);
  return reviewPage(ownerShown(deps, c, owner), {
    ...{ collection, rkeys, count, fault: null },
  });
};

export const deleteRecords: OwnerHandler = async (deps, c, owner) => {
  const form = await deps.pages.readOwnForm(c);
  const { collection, rkeys } = readDeletion(form);
  const shown = ownerShown(deps, c, owner);
  const { did: repo, caller, status } = owner;
  const count = rkeys?.length ?? countOf(deps, owner, collection);
  const outcome = await attempt(shown.text, async () => {
    if (rkeys === null && !isTypedName(form, collection)) {
      throw new PageFault(shown.text.account.repo.typedWrong);
    }
    if (status !== "active") {
      throw new PageFault(shown.text.account.repo.inactive);
    }
    const [rkey] = rkeys ?? [];
    if (rkeys?.length !== 1 || rkey === undefined) {
      deps.contexts.owner.bulkDeletions.start(repo, { collection, rkeys });
      return doneAt(PATH, "deleting");
    }
    takeForOwner(deps, c, owner, DELETE_RECORD);
    await deps.contexts.records.deleteRecord(
      { repo, collection, rkey },
      caller,
    );
    return seeOther(`${collectionHref(collection)}&done=deleted`);
  });
  if (!("fault" in outcome)) return outcome.value;
  const { fault } = outcome;
  return reviewPage(shown, { collection, rkeys, count, fault });
};

export const stopDeletion: OwnerHandler = async (deps, c, { did }) => {
  await deps.pages.readOwnForm(c);
  deps.contexts.owner.bulkDeletions.cancel(did);
  return doneAt(PATH, "stopped");
};

function readDeletion(form: URLSearchParams) {
  const collection = form.get("c") ?? "";
  const rkeys = form.get("what") === "all" ? null : form.getAll("k");
  return { collection, rkeys };
}

function countOf(
  { contexts }: Parameters<OwnerHandler>[0],
  { did }: Parameters<OwnerHandler>[2],
  collection: string,
): number {
  const all = contexts.owner.explorer.listCollections(did);
  return all.find((row) => row.collection === collection)?.count ?? 0;
}
