import {
  AccountPermission,
  BlobPermission,
  IdentityPermission,
  IncludeScope,
  RepoPermission,
  RpcPermission,
} from "@atproto/oauth-scopes";
import type { Asked, AskedRight } from "./view.ts";

type PermissionSet = Parameters<IncludeScope["toPermissions"]>[0];

/** Takes a scope apart for people. `atproto` says only who somebody is. */
export function describeScope(
  scope: string,
  sets: ReadonlyMap<string, PermissionSet>,
): Asked[] {
  return scope
    .split(" ")
    .filter((part) => part !== "atproto" && part !== "")
    .map((part) => ({ scope: part, ...describeOne(part, sets) }));
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
