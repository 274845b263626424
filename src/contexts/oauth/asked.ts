import {
  AccountPermission,
  BlobPermission,
  IdentityPermission,
  IncludeScope,
  RepoPermission,
  RpcPermission,
} from "@atproto/oauth-scopes";
import type { Permissions } from "#contexts/security/caller.ts";
import type { Asked, AskedRight } from "./view.ts";

type PermissionSet = Parameters<IncludeScope["toPermissions"]>[0];

/**
 * The parts of a scope of which something is left within bounds. What is left
 * of a part is for each call to say; sets of permissions are left to it as a whole.
 */
export function narrowed(scope: string, bounds: Permissions | null): string {
  if (bounds === null) return scope;
  return scope
    .split(" ")
    .filter((part) => part === "atproto" || isPartlyAllowed(part, bounds))
    .join(" ");
}

function isPartlyAllowed(part: string, bounds: Permissions): boolean {
  if (part === "transition:generic" || part.startsWith("include:")) return true;
  if (part === "transition:chat.bsky") {
    const lxm = "chat.bsky.convo.listConvos";
    return bounds.allowsRpc({ lxm, aud: "did:web:api.bsky.chat#bsky_chat" });
  }
  const repo = RepoPermission.fromString(part);
  if (repo !== null) {
    return repo.collection.some((collection) =>
      repo.action.some((action) => bounds.allowsRepo({ collection, action })),
    );
  }
  const rpc = RpcPermission.fromString(part);
  if (rpc !== null) {
    const { aud } = rpc;
    // All methods of a service, or all services of a method: some may be left.
    if (rpc.lxm.includes("*" as never) || aud === "*") return true;
    return rpc.lxm.some((lxm) => bounds.allowsRpc({ lxm, aud }));
  }
  const blob = BlobPermission.fromString(part);
  return blob !== null && bounds.allowsBlob({ mime: "image/jpeg" });
}

/**
 * Takes a scope apart for people. `atproto` says only who somebody is. What is
 * written in two ways, such as an e-mail address, is one thing with one answer.
 */
export function describeScope(
  scope: string,
  sets: ReadonlyMap<string, PermissionSet>,
): Asked[] {
  const byRight = new Map<string, Asked>();
  for (const part of scope.split(" ")) {
    if (part === "atproto" || part === "") continue;
    const right = describeOne(part, sets);
    const key = right.kind === "account" ? JSON.stringify(right) : part;
    const known = byRight.get(key);
    const parts = known === undefined ? part : `${known.scope} ${part}`;
    byRight.set(key, { ...right, scope: parts });
  }
  return [...byRight.values()];
}

function describeOne(
  scope: string,
  sets: ReadonlyMap<string, PermissionSet>,
): AskedRight {
  switch (scope) {
    case "transition:generic":
      return { kind: "generic" };
    case "transition:chat.bsky":
      return { kind: "chat" };
    case "transition:email":
      return { kind: "account", attribute: "email", action: "read" };
  }
  const include = IncludeScope.fromString(scope);
  if (include !== null) {
    const set = sets.get(include.nsid);
    return {
      kind: "set",
      nsid: include.nsid,
      title: set?.title ?? null,
      rights: set ? include.toPermissions(set).map(describeResource) : [],
    };
  }
  const resource =
    RepoPermission.fromString(scope) ?? RpcPermission.fromString(scope);
  return resource === null ? describeRest(scope) : describeResource(resource);
}

function describeResource(
  resource: RepoPermission | RpcPermission,
): AskedRight {
  return resource instanceof RepoPermission
    ? {
        kind: "repo",
        collections: [...resource.collection],
        actions: [...resource.action],
      }
    : { kind: "rpc", methods: [...resource.lxm], audience: resource.aud };
}

function describeRest(scope: string): AskedRight {
  const blob = BlobPermission.fromString(scope);
  if (blob !== null) return { kind: "blob", accept: [...blob.accept] };
  const account = AccountPermission.fromString(scope);
  if (account !== null) {
    const action = account.action.includes("manage") ? "manage" : "read";
    return { kind: "account", attribute: account.attr, action };
  }
  const identity = IdentityPermission.fromString(scope);
  if (identity !== null) return { kind: "identity", attribute: identity.attr };
  return { kind: "other" };
}
