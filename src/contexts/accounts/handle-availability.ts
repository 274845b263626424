import { XrpcError } from "#lib/errors.ts";
import type { Handle } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { NewHandle } from "#contexts/identity/handle-policy.ts";
import type { Random } from "#contexts/security/random.ts";
import { isEmailAddress } from "./email-address.ts";
import { findHolder } from "./handle-holder.ts";

export interface AvailabilityParams {
  handle: string;
  email?: string;
  birthDate?: string;
}

interface Suggestion {
  handle: Handle;
  method: string;
}

type Result =
  | { $type: typeof AVAILABLE }
  | { $type: typeof UNAVAILABLE; suggestions: Suggestion[] };

const NSID = "com.atproto.temp.checkHandleAvailability";
const AVAILABLE = `${NSID}#resultAvailable`;
const UNAVAILABLE = `${NSID}#resultUnavailable`;
const MOST_SUGGESTIONS = 5;
/** Leaves room for four digits in the longest name that is allowed. */
const MOST_NAME_CHARS = 14;

/**
 * Whether somebody could get a name here; if not, names like it that they could.
 * @throws XrpcError InvalidHandle, UnsupportedDomain for what nobody can get here; InvalidEmail
 */
export function createAvailabilityCheck(deps: {
  db: Pick<AccountDb, "accounts" | "handleUpdates">;
  checkNewHandle(text: string): NewHandle;
  random: Random;
}) {
  function isAvailable(text: string): boolean {
    try {
      const { handle, isOurs } = deps.checkNewHandle(text);
      return isOurs && findHolder(deps.db, handle) === null;
    } catch (error) {
      if (error instanceof XrpcError) return false;
      throw error;
    }
  }

  function suggest(handle: string, email: string | undefined): Suggestion[] {
    const dot = handle.indexOf(".");
    const name = handle.slice(0, Math.min(dot, MOST_NAME_CHARS));
    const domain = handle.slice(dot);
    const number = (digits: number) => {
      const [a = 0, b = 0] = deps.random(2);
      return String((a * 256 + b) % 10 ** digits).padStart(digits, "0");
    };
    const candidates: [method: string, name: string][] = [
      ["email", namesIn(email)],
      ["digits", `${name}${number(2)}`],
      ["digits", `${name}${number(3)}`],
      ["hyphen", `${name}-${number(2)}`],
      ["digits", `${name}${number(4)}`],
    ];
    const found = new Map<string, Suggestion>();
    for (const [method, candidate] of candidates) {
      const suggestion = `${candidate}${domain}` as Handle;
      if (isAvailable(suggestion)) {
        found.set(suggestion, { handle: suggestion, method });
      }
    }
    return [...found.values()].slice(0, MOST_SUGGESTIONS);
  }

  return ({
    handle: text,
    email,
  }: AvailabilityParams): { handle: string; result: Result } => {
    if (email !== undefined && !isEmailAddress(email)) {
      throw new XrpcError("InvalidEmail", "Invalid email");
    }
    const handle = text.toLowerCase();
    checkForm(deps.checkNewHandle, handle);
    if (isAvailable(handle))
      return { handle: text, result: { $type: AVAILABLE } };
    const suggestions = suggest(handle, email);
    return { handle: text, result: { $type: UNAVAILABLE, suggestions } };
  };
}

/** A reserved name is a good name that is taken. */
function checkForm(
  checkNewHandle: (text: string) => NewHandle,
  handle: string,
): void {
  try {
    if (checkNewHandle(handle).isOurs) return;
  } catch (error) {
    const isReserved =
      error instanceof XrpcError && error.error === "HandleNotAvailable";
    if (isReserved) return;
    throw error;
  }
  throw new XrpcError("UnsupportedDomain", "Not a supported handle domain");
}

/** What the part before the `@` could be as a name. */
function namesIn(email = ""): string {
  return email
    .split("@")[0]!
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
}
