import { XrpcError } from "#lib/errors.ts";
import {
  type Handle,
  isDisallowedTld,
  isHandle,
  normalizeHandle,
} from "#repo/syntax.ts";
import { isReservedName } from "./reserved-names.ts";

// What the reference server allows, so that every name made here is one that
// clients expect.
const MIN_LABEL_LENGTH = 3;
const MAX_LABEL_LENGTH = 18;

export interface HandlePolicy {
  /** Domains under which this host gives names, each with its leading dot. */
  domains: readonly string[];
  /** Allows names under `.test`, which only exist where someone plays with them. */
  devMode: boolean;
}

export interface NewHandle {
  handle: Handle;
  /** False for a name that its owner brings along and must prove. */
  isOurs: boolean;
}

/**
 * Checks a handle that somebody wants. Whether it is taken is another question.
 * @param options.byOperator skips the reserved names.
 * @throws XrpcError InvalidHandle, HandleNotAvailable for a reserved name
 */
export function checkNewHandle(
  text: string,
  policy: HandlePolicy,
  options: { byOperator?: boolean } = {},
): NewHandle {
  const handle = parseNewHandle(text);
  const domain = findDomain(handle, policy.domains);
  if (domain === null) {
    if (isDisallowedTld(handle) || (isTest(handle) && !policy.devMode)) {
      throw invalid("Handle TLD is invalid or disallowed").because("handleTld");
    }
    return { handle, isOurs: false };
  }
  const label = handle.slice(0, -domain.length);
  if (label.includes("."))
    throw invalid("Invalid characters in handle").because("handleChars");
  if (label.length < MIN_LABEL_LENGTH)
    throw invalid("Handle too short").because("handleShort", {
      least: MIN_LABEL_LENGTH,
    });
  if (label.length > MAX_LABEL_LENGTH)
    throw invalid("Handle too long").because("handleLong", {
      most: MAX_LABEL_LENGTH,
    });
  if (!options.byOperator && isReservedName(label)) {
    throw new XrpcError("HandleNotAvailable", "Reserved handle");
  }
  return { handle, isOurs: true };
}

/**
 * The same for a handle that must be one of ours, as in a new account.
 * @throws XrpcError also UnsupportedDomain
 */
export function checkHostedHandle(
  text: string,
  policy: HandlePolicy,
  options: { byOperator?: boolean } = {},
): Handle {
  const { handle, isOurs } = checkNewHandle(text, policy, options);
  if (isOurs) return handle;
  throw new XrpcError("UnsupportedDomain", "Not a supported handle domain");
}

/** Is the name below one of our domains, at whatever depth? */
export function isUnderDomains(
  handle: Handle,
  domains: readonly string[],
): boolean {
  return findDomain(handle, domains) !== null;
}

/** The longest domain counts, so that `.eu.example.com` may stand beside `.example.com`. */
function findDomain(handle: Handle, domains: readonly string[]): string | null {
  const matching = domains
    .map((domain) => domain.toLowerCase())
    .filter((domain) => handle.endsWith(domain))
    .sort((a, b) => b.length - a.length);
  return matching[0] ?? null;
}

function parseNewHandle(text: string): Handle {
  if (!isHandle(text)) {
    throw invalid("Input/handle must be a valid handle");
  }
  return normalizeHandle(text);
}

function isTest(handle: Handle): boolean {
  return handle.endsWith(".test");
}

function invalid(message: string): XrpcError {
  return new XrpcError("InvalidHandle", message);
}
