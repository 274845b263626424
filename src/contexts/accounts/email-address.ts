import { invalidRequest } from "#lib/errors.ts";

// RFC 5321 §4.5.3.1: the longest address and local part that mail can carry.
const LONGEST = 254;
const LONGEST_LOCAL = 64;
const LABEL = /^[\p{L}\p{N}]([\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?$/u;
const LOCAL = /^[^\s\p{Cc}@"(),:;<>[\]\\]+$/u;

/**
 * True for what looks like an address that mail can reach: a local part
 * without quotes, and a domain of at least two labels.
 */
export function isEmailAddress(text: string): boolean {
  const at = text.lastIndexOf("@");
  const local = text.slice(0, Math.max(at, 0));
  const labels = text.slice(at + 1).split(".");
  return (
    text.length <= LONGEST &&
    local.length <= LONGEST_LOCAL &&
    LOCAL.test(local) &&
    labels.length >= 2 &&
    labels.every((label) => LABEL.test(label))
  );
}

/** The address without white space round it. @throws XrpcError InvalidRequest */
export function parseEmailAddress(text: string): string {
  const email = text.trim();
  if (email === "")
    throw invalidRequest("Email is required").because("emailMissing");
  if (isEmailAddress(email)) return email;
  throw invalidRequest(
    "This email address is not supported, please use a different email.",
  ).because("emailForm");
}
