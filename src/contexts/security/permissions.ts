import { XrpcError } from "#lib/errors.ts";
import type { Caller, Permissions } from "./caller.ts";
import { isPrivilegedMethod } from "./method-classes.ts";

const always = () => true;
const never = () => false;

const EVERYTHING: Permissions = {
  allowsRepo: always,
  allowsBlob: always,
  allowsRpc: always,
  allowsAccount: always,
  allowsIdentity: always,
};

export const NOTHING: Permissions = {
  allowsRepo: never,
  allowsBlob: never,
  allowsRpc: never,
  allowsAccount: never,
  allowsIdentity: never,
};

/** An ordinary app password: no private messages, no moving away. */
const ORDINARY: Permissions = {
  ...EVERYTHING,
  allowsRpc: ({ lxm }) => !isPrivilegedMethod(lxm),
};

/** Before its end an account may only say something about it, and leave. */
const LEAVING: Permissions = {
  ...NOTHING,
  allowsRpc: always,
  allowsIdentity: always,
};

/**
 * What a caller may do, whatever proof it came with. Nobody without an account
 * is granted anything; the owner's sessions are granted everything that their
 * method lets them in for.
 */
export function permissionsOf(caller: Caller): Permissions {
  switch (caller.kind) {
    case "oauth":
      return caller.permissions;
    case "session":
      if (caller.granted !== undefined) return caller.granted.permissions;
      switch (caller.scope) {
        case "access":
        case "appPassPrivileged":
          return EVERYTHING;
        case "appPass":
          return ORDINARY;
        case "takendown":
          return LEAVING;
        case "signupQueued":
          return NOTHING;
      }
      break;
    case "admin":
    case "service":
      return EVERYTHING;
    case "anonymous":
      return NOTHING;
  }
}

/**
 * The scope for a call of a method at a service, as an application asks for it.
 * @param wanted.aud DID and `#service`, or `*`.
 */
export function rpcScope({ lxm, aud }: { lxm: string; aud: string }): string {
  const written = aud.replaceAll("%", "%25").replace("#", "%23");
  return `rpc:${lxm}?aud=${written}`;
}

export function scopeMissing(scope: string): XrpcError {
  return new XrpcError(
    "ScopeMissingError",
    `Missing required scope "${scope}"`,
  );
}
