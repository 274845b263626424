/** Methods that manage the account itself; no other service may stand in for its owner there. */
const PROTECTED = new Set(
  [
    "com.atproto.admin.sendEmail",
    "com.atproto.identity.requestPlcOperationSignature",
    "com.atproto.identity.signPlcOperation",
    "com.atproto.identity.updateHandle",
    "com.atproto.server.activateAccount",
    "com.atproto.server.confirmEmail",
    "com.atproto.server.createAppPassword",
    "com.atproto.server.deactivateAccount",
    "com.atproto.server.getAccountInviteCodes",
    "com.atproto.server.getSession",
    "com.atproto.server.listAppPasswords",
    "com.atproto.server.requestAccountDelete",
    "com.atproto.server.requestEmailConfirmation",
    "com.atproto.server.requestEmailUpdate",
    "com.atproto.server.revokeAppPassword",
    "com.atproto.server.updateEmail",
  ].map((nsid) => nsid.toLowerCase()),
);

/** True for methods that are never proxied and never signed for. Case doesn't count. */
export function isProtectedMethod(nsid: string): boolean {
  return PROTECTED.has(nsid.toLowerCase());
}

/** True for private messages and moving away: not for plain app passwords. Case doesn't count. */
export function isPrivilegedMethod(nsid: string): boolean {
  const name = nsid.toLowerCase();
  return (
    name.startsWith("chat.bsky.") || name === "com.atproto.server.createaccount"
  );
}
