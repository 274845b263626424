import type { Caller } from "#contexts/security/caller.ts";
import {
  isPrivilegedMethod,
  isProtectedMethod,
} from "#contexts/security/method-classes.ts";
import { invalidRequest, XrpcError } from "#lib/errors.ts";
import { session } from "./auth.ts";

/** Who may have a call sent to another service. */
export const FORWARDING_AUTH = session("-takendown");

/**
 * @throws XrpcError InvalidRequest for methods that never leave this server,
 *   InvalidToken for those that need more than an ordinary app password.
 */
export function checkForwarding(nsid: string, caller: Caller): void {
  if (isProtectedMethod(nsid)) {
    throw invalidRequest(`${nsid} is not sent to other services`);
  }
  // What a limited one may call is asked once it is known where the call goes.
  const isOrdinary =
    caller.kind === "session" &&
    caller.scope === "appPass" &&
    caller.granted === undefined;
  if (isOrdinary && isPrivilegedMethod(nsid)) {
    throw new XrpcError("InvalidToken", "Bad token method");
  }
}
