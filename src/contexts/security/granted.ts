import type { Permissions } from "./caller.ts";

// Loaded when it is first needed: most servers start without it.
const grammar = (): typeof import("@atproto/oauth-scopes") =>
  require("@atproto/oauth-scopes");

/** A scope is read at every call and few are in use at once. */
const MOST_KEPT = 1000;
const kept = new Map<string, Permissions>();

/** What a scope grants, as questions. */
export function permissionsOfScope(scope: string): Permissions {
  const known = kept.get(scope);
  if (known !== undefined) return known;
  const { ScopePermissionsTransition } = grammar();
  const granted = new ScopePermissionsTransition(scope);
  const permissions: Permissions = {
    allowsRepo: (wanted) => granted.allowsRepo(wanted),
    allowsBlob: ({ mime }) =>
      granted.allowsBlob({ mime: mime as `${string}/${string}` }),
    allowsRpc: (wanted) => granted.allowsRpc(wanted),
    allowsAccount: (wanted) => granted.allowsAccount(wanted),
    allowsIdentity: (wanted) => granted.allowsIdentity(wanted),
  };
  if (kept.size >= MOST_KEPT) kept.delete(kept.keys().next().value!);
  kept.set(scope, permissions);
  return permissions;
}

/** What both allow. */
export function bothOf(a: Permissions, b: Permissions): Permissions {
  return {
    allowsRepo: (wanted) => a.allowsRepo(wanted) && b.allowsRepo(wanted),
    allowsBlob: (wanted) => a.allowsBlob(wanted) && b.allowsBlob(wanted),
    allowsRpc: (wanted) => a.allowsRpc(wanted) && b.allowsRpc(wanted),
    allowsAccount: (wanted) =>
      a.allowsAccount(wanted) && b.allowsAccount(wanted),
    allowsIdentity: (wanted) =>
      a.allowsIdentity(wanted) && b.allowsIdentity(wanted),
  };
}

/** True for what is one scope, a set of permissions too. */
export function isScope(part: string): boolean {
  const { isAtprotoOauthScope } = grammar();
  return isAtprotoOauthScope(part);
}
