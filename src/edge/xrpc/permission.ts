import { type Caller, isLimited } from "#contexts/security/caller.ts";
import {
  permissionsOf,
  rpcScope,
  scopeMissing,
} from "#contexts/security/permissions.ts";
import { XrpcError } from "#lib/errors.ts";
import type { EdgeSettings } from "#edge/settings.ts";
import { namedService } from "./proxy-header.ts";
import { findDefaultRoute } from "./proxy-routes.ts";

type RepoAction = "create" | "update" | "delete";

/**
 * What a method needs of a caller that acts for an account.
 * `any`: nothing but the account. `never`: no application may call it.
 * `repo:…`: the right to do that in the collection that the input names;
 * `repo:each`: what each write of the batch does. `blob`: the kind of file.
 * `rpc`: the right to call the method at the service that answers it.
 * `rpc:named`: the method at the service that the parameters name.
 * `rpc:sent`: the same, but only the call that is sent on says where to.
 * @see https://atproto.com/specs/permission
 */
export type Permission =
  | "any"
  | "never"
  | "repo:create"
  | "repo:create+update"
  | "repo:delete"
  | "repo:each"
  | "blob"
  | "rpc"
  | "rpc:named"
  | "rpc:sent"
  | "account:email?action=manage"
  | "account:repo?action=manage"
  | "account:status?action=manage"
  | "identity:handle"
  | "identity:*";

export interface PermissionSubject {
  nsid: string;
  caller: Caller;
  params: Record<string, unknown>;
  input: unknown;
  request: Request;
  settings: EdgeSettings;
}

/**
 * To be asked before the body is read.
 * @throws XrpcError Forbidden for whoever has only some permissions, at a method that is for owners.
 */
export function assertOpen(
  permission: Permission | undefined,
  caller: Caller,
): void {
  if (permission !== "never" || !isLimited(caller)) return;
  const who =
    caller.kind === "oauth" ? "Applications" : "Limited app passwords";
  throw new XrpcError("Forbidden", `${who} may not call this method`);
}

/** @throws XrpcError ScopeMissingError for whoever was granted less than the call needs. */
export function assertPermission(
  permission: Permission,
  subject: PermissionSubject,
): void {
  const { caller } = subject;
  // What sessions may do is for the row's `auth` to say, and for the contexts.
  if (!isLimited(caller)) return;
  assertOpen(permission, caller);
  const missing = findMissing(permission, subject);
  if (missing !== null) throw scopeMissing(missing);
}

/** The scope without which the call fails; null when nothing is missing. */
function findMissing(
  permission: Permission,
  subject: PermissionSubject,
): string | null {
  const granted = permissionsOf(subject.caller);
  const unless = (isGranted: boolean, scope: string) =>
    isGranted ? null : scope;
  switch (permission) {
    case "any":
    case "never":
    // Where the call goes is known to the proxy alone, which asks there.
    // falls through
    case "rpc:sent":
      return null;
    case "repo:create":
    case "repo:create+update":
    case "repo:delete":
    case "repo:each": {
      const lacking = rightsOf(permission, subject.input).find(
        (right) => !granted.allowsRepo(right),
      );
      return lacking === undefined
        ? null
        : `repo:${lacking.collection}?action=${lacking.action}`;
    }
    case "blob": {
      const type = subject.request.headers.get("content-type") ?? "";
      const mime = type.split(";", 1)[0]!.trim() || "application/octet-stream";
      return unless(granted.allowsBlob({ mime }), `blob:${mime}`);
    }
    case "rpc":
    case "rpc:named": {
      const wanted = callOf(permission, subject);
      return unless(granted.allowsRpc(wanted), rpcScope(wanted));
    }
    case "account:email?action=manage":
    case "account:repo?action=manage":
    case "account:status?action=manage": {
      const attr = ATTRIBUTES[permission];
      const wanted = { attr, action: "manage" } as const;
      return unless(granted.allowsAccount(wanted), permission);
    }
    case "identity:handle":
    case "identity:*": {
      const attr = permission === "identity:*" ? "*" : "handle";
      return unless(granted.allowsIdentity({ attr }), permission);
    }
  }
}

const ATTRIBUTES = {
  "account:email?action=manage": "email",
  "account:repo?action=manage": "repo",
  "account:status?action=manage": "status",
} as const;

const ACTIONS: Record<string, readonly RepoAction[]> = {
  "repo:create": ["create"],
  "repo:create+update": ["create", "update"],
  "repo:delete": ["delete"],
};

function rightsOf(
  permission: string,
  input: unknown,
): { action: RepoAction; collection: string }[] {
  if (permission !== "repo:each") {
    const { collection } = input as { collection: string };
    return ACTIONS[permission]!.map((action) => ({ action, collection }));
  }
  const { writes } = input as {
    writes: { $type?: string; collection: string }[];
  };
  return writes.map(({ $type, collection }) => ({
    action: ($type?.split("#")[1] ?? "update") as RepoAction,
    collection,
  }));
}

/** The service that answers for the methods of Bluesky where none is configured. */
const BLUESKY = "did:web:api.bsky.app#bsky_appview";

function callOf(
  permission: "rpc" | "rpc:named",
  { nsid, params, request, settings }: PermissionSubject,
): { lxm: string; aud: string } {
  if (permission === "rpc:named") {
    const { lxm, aud } = params as { lxm?: string; aud: string };
    return { lxm: lxm ?? "*", aud };
  }
  const route = namedService(request) ?? findDefaultRoute(nsid, settings);
  const aud = route === null ? BLUESKY : `${route.did}#${route.serviceId}`;
  return { lxm: nsid, aud };
}

/**
 * Whether a caller was granted a call, once it is known where it goes.
 * @param wanted.aud DID and `#service`.
 * @throws XrpcError ScopeMissingError
 */
export function assertMayCall(
  caller: Caller,
  wanted: { lxm: string; aud: string },
): void {
  if (!isLimited(caller) || permissionsOf(caller).allowsRpc(wanted)) return;
  throw scopeMissing(rpcScope(wanted));
}
