import type { Did } from "#repo/syntax.ts";

/** What a session may do: the main password all, the others less. */
export type SessionScope =
  "access" | "appPass" | "appPassPrivileged" | "takendown" | "signupQueued";

/** Who makes a call, as far as it was proven. */
export type Caller =
  | { kind: "anonymous" }
  | { kind: "session"; did: Did; scope: SessionScope; sessionId: string }
  /** Another host's word, signed with the account's own key. */
  | { kind: "service"; did: Did; aud: string; lxm: string | null }
  | { kind: "admin" };

export type SessionCaller = Extract<Caller, { kind: "session" }>;
