import type { Did } from "#repo/syntax.ts";

/** What a session may do: the main password all, the others less. */
export type SessionScope =
  "access" | "appPass" | "appPassPrivileged" | "takendown" | "signupQueued";

/**
 * What a caller was granted, one question for each kind of permission.
 * @see https://atproto.com/specs/permission
 */
export interface Permissions {
  allowsRepo(wanted: {
    action: "create" | "update" | "delete";
    collection: string;
  }): boolean;
  allowsBlob(wanted: { mime: string }): boolean;
  /** `aud` is a DID with a service id, or `*`; so is `lxm` a method or `*`. */
  allowsRpc(wanted: { lxm: string; aud: string }): boolean;
  allowsAccount(wanted: {
    attr: "email" | "repo" | "status";
    action: "read" | "manage";
  }): boolean;
  allowsIdentity(wanted: { attr: "handle" | "*" }): boolean;
}

/** Where a call comes from, for whoever looks later. */
export interface Origin {
  ip: string;
  userAgent: string | null;
  /** The browser, where it is known by a cookie. */
  deviceId?: string | null;
}

/** What somebody was let do, by name and as questions. */
export interface Granted {
  scopes: readonly string[];
  permissions: Permissions;
}

/** Who makes a call, as far as it was proven. */
export type Caller = Proven & { from?: Origin };

type Proven =
  | { kind: "anonymous" }
  | {
      kind: "session";
      did: Did;
      scope: SessionScope;
      sessionId: string;
      /** What its app password is limited to; none for one that is not. */
      granted?: Granted;
    }
  /** An application that the account's owner let in, or somebody who may act for it. */
  | {
      kind: "oauth";
      did: Did;
      clientId: string;
      scopes: readonly string[];
      permissions: Permissions;
      /** Who acts for the account; none for its owner. */
      controllerDid?: Did;
    }
  /** Another host's word, signed with the account's own key. */
  | { kind: "service"; did: Did; aud: string; lxm: string | null }
  /** `actor` is the DID of an administrator; none for the password or the token. */
  | { kind: "admin"; actor?: string };

export type SessionCaller = Extract<Caller, { kind: "session" }>;
export type OAuthCaller = Extract<Caller, { kind: "oauth" }>;
/** Whoever acts as an account that is hosted here. */
export type AccountCaller = SessionCaller | OAuthCaller;

/**
 * True for callers whose permissions count at each method: applications, those
 * who act for somebody else, and app passwords that are limited to scopes.
 */
export function isLimited(caller: Caller): caller is LimitedCaller {
  return (
    caller.kind === "oauth" ||
    (caller.kind === "session" && caller.granted !== undefined)
  );
}

type LimitedCaller = OAuthCaller | (SessionCaller & { granted: Granted });
