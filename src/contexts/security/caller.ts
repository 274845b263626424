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

/** Who makes a call, as far as it was proven. */
export type Caller =
  | { kind: "anonymous" }
  | { kind: "session"; did: Did; scope: SessionScope; sessionId: string }
  /** An application that the account's owner let in. */
  | {
      kind: "oauth";
      did: Did;
      clientId: string;
      scopes: readonly string[];
      permissions: Permissions;
    }
  /** Another host's word, signed with the account's own key. */
  | { kind: "service"; did: Did; aud: string; lxm: string | null }
  | { kind: "admin" };

export type SessionCaller = Extract<Caller, { kind: "session" }>;
export type OAuthCaller = Extract<Caller, { kind: "oauth" }>;
/** Whoever acts as an account that is hosted here. */
export type AccountCaller = SessionCaller | OAuthCaller;
