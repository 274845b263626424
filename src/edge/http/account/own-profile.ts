import { takeForOwner, type OwnerHandler } from "./owner.ts";
import { PUT_RECORD } from "#edge/xrpc/limit-rules.ts";

/** The record that says what others see of somebody. */

const COLLECTION = "app.bsky.actor.profile";
const RKEY = "self";

type Given = Parameters<OwnerHandler>;

export interface OwnProfile {
  /** null where there is none yet. */
  cid: string | null;
  value: Record<string, unknown>;
}

export function findProfile([{ contexts }, , { did }]: Given): OwnProfile {
  const path = { collection: COLLECTION, rkey: RKEY };
  const record = contexts.owner.explorer.findRecord(did, path);
  const value = (record?.value ?? {}) as Record<string, unknown>;
  return { cid: record?.cid ?? null, value };
}

/**
 * Keeps what else is in the profile, and overwrites nothing unseen.
 * @param change.cid of the profile that the owner has looked at; null for none.
 * @param change.fields by name; undefined takes one out.
 * @throws XrpcError InvalidSwap, and what `putRecord` throws.
 */
export async function changeProfile(
  given: Given,
  change: { cid: string | null; fields: Record<string, unknown> },
): Promise<void> {
  const [deps, c, owner] = given;
  takeForOwner(deps, c, owner, PUT_RECORD);
  deps.contexts.space.assertRoom("some");
  const { value } = findProfile(given);
  const fields = Object.entries({ ...value, ...change.fields });
  const record = Object.fromEntries([
    ...fields.filter(([, field]) => field !== undefined),
    ["$type", COLLECTION],
  ]);
  const path = { repo: owner.did, collection: COLLECTION, rkey: RKEY };
  const input = { ...path, record, swapRecord: change.cid };
  await deps.contexts.records.putRecord(input, owner.caller);
}
