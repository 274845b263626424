import {
  AccountPermission,
  BlobPermission,
  IdentityPermission,
  IncludeScope,
  RepoPermission,
  RpcPermission,
  ScopePermissionsTransition,
} from "@atproto/oauth-scopes";
import type { Permissions } from "#contexts/security/caller.ts";
import type { Asked, AskedRight } from "./view.ts";

type PermissionSet = Parameters<IncludeScope["toPermissions"]>[0];

/** What was granted, as questions. */
export function permissionsOfScope(scope: string): Permissions {
  const granted = new ScopePermissionsTransition(scope);
  return {
    allowsRepo: (wanted) => granted.allowsRepo(wanted),
    allowsBlob: ({ mime }) =>
      granted.allowsBlob({ mime: mime as `${string}/${string}` }),
    allowsRpc: (wanted) => granted.allowsRpc(wanted),
    allowsAccount: (wanted) => granted.allowsAccount(wanted),
    allowsIdentity: (wanted) => granted.allowsIdentity(wanted),
  };
}

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
