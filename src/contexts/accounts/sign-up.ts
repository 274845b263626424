import { XrpcError } from "#lib/errors.ts";
import type { Language } from "#lib/languages.ts";
import type { Logger } from "#lib/log.ts";
import type { Did, Handle } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import { type AccountRow, statusOf } from "#storage/account/accounts.ts";
import type { NewHandle } from "#contexts/identity/handle-policy.ts";
import type { SecurityEvents } from "#contexts/security/events.ts";
import type { Caller } from "#contexts/security/caller.ts";
import { checkNewPassword, type CreateAccountInput } from "./create-account.ts";
import { isEmailAddress } from "./email-address.ts";
import type { EmailTokens } from "./email-tokens.ts";
import { findHolder } from "./handle-holder.ts";
import { OPERATOR } from "./invites.ts";
import type { Registration } from "./registration.ts";

/** What somebody filled in who wants an account, as typed. */
export interface SignUpForm {
  handle: string;
  email: string;
  password: string;
  inviteCode: string;
  /** Answer of the check for people. */
  verificationCode: string;
  /** Of the page; letters come in it from the first one on. */
  language?: Language;
}

/** What is wrong, by field; `whole` is nobody's fault who filled it in. */
export interface SignUpFaults {
  handle?: "form" | "taken" | "foreign";
  email?: "form" | "taken";
  password?: "form";
  inviteCode?: "missing" | "unusable";
  verificationCode?: "missing" | "wrong";
  whole?: "closed" | "later";
}

export interface InviteView {
  /** False once it is used up, or was taken back. */
  isUsable: boolean;
  /** Whose code it is; null for the operator's, and for an account that is gone. */
  invitedBy: Handle | null;
}

/** The way in by a page, which says of each field what is wrong with it. */
export interface SignUps {
  /**
   * Makes an account as `createAccount` does, and mails the code that confirms
   * its address. Sent again after `later`, it goes on where it stopped.
   */
  signUp(
    form: SignUpForm,
    caller: Caller,
  ): Promise<{ did: Did } | { faults: SignUpFaults }>;
  /** What `signUp` would say, as far as it can be told before. Makes nothing. */
  checkSignUp(form: SignUpForm): SignUpFaults;
  /** null for a code that never was. */
  describeInvite(code: string): InviteView | null;
}

export interface SignUpDeps {
  db: AccountDb;
  create(input: CreateAccountInput, caller: Caller): Promise<AccountRow>;
  registration: Pick<Registration, "view" | "needsInvite">;
  checkNewHandle(text: string): NewHandle;
  emailTokens: Pick<EmailTokens, "send">;
  events: Pick<SecurityEvents, "record">;
  shortestPasswordChars?: number;
  log: Logger;
}

/** Names of errors that mean a field, whoever of two was first. */
const FAULT_BY_ERROR: Record<string, SignUpFaults> = {
  InvalidHandle: { handle: "form" },
  HandleNotAvailable: { handle: "taken" },
  UnsupportedDomain: { handle: "foreign" },
  InvalidPassword: { password: "form" },
  InvalidInviteCode: { inviteCode: "unusable" },
  ServiceUnavailable: { whole: "later" },
  UpstreamFailure: { whole: "later" },
};

export function createSignUps(deps: SignUpDeps): SignUps {
  const { db, registration } = deps;

  function findHandleFault(text: string): SignUpFaults["handle"] {
    try {
      const { handle, isOurs } = deps.checkNewHandle(text);
      if (!isOurs) return "foreign";
      return findHolder(db, handle) === null ? undefined : "taken";
    } catch (error) {
      if (!(error instanceof XrpcError)) throw error;
      return error.error === "HandleNotAvailable" ? "taken" : "form";
    }
  }

  function findPasswordFault(password: string): SignUpFaults["password"] {
    try {
      checkNewPassword(password, deps.shortestPasswordChars);
      return undefined;
    } catch (error) {
      if (error instanceof XrpcError) return "form";
      throw error;
    }
  }

  /** Who may come in at all; a code that works lets in wherever it is asked for. */
  function findEntryFaults({ inviteCode, verificationCode }: SignUpForm) {
    const { policy } = registration.view();
    const faults: SignUpFaults = {};
    if (policy === "closed") faults.whole = "closed";
    else if (inviteCode !== "") {
      const isUsable = db.inviteCodes.isAvailable(inviteCode);
      if (!isUsable) faults.inviteCode = "unusable";
    } else if (registration.needsInvite()) faults.inviteCode = "missing";
    else if (policy === "captcha" && verificationCode === "") {
      faults.verificationCode = "missing";
    }
    return faults;
  }

  function findFaults(form: SignUpForm): SignUpFaults {
    const entry = findEntryFaults(form);
    const isLetIn = Object.keys(entry).length === 0;
    const isKnown = isLetIn && db.accounts.findByEmail(form.email) !== null;
    const email = isEmailAddress(form.email)
      ? // Only those whom the server would take learn which addresses it knows.
        isKnown && "taken"
      : "form";
    const handle = findHandleFault(form.handle);
    const password = findPasswordFault(form.password);
    return {
      ...entry,
      ...(handle && { handle }),
      ...(email && { email }),
      ...(password && { password }),
    };
  }

  /** What is taken, and a code that is used up, may be so by this same sign-up, which was interrupted. */
  function mayBeInterrupted(faults: SignUpFaults): boolean {
    return Object.values(faults).every(
      (fault) => fault === "taken" || fault === "unusable",
    );
  }

  function toFaults(error: unknown, form: SignUpForm): SignUpFaults {
    if (!(error instanceof XrpcError)) throw error;
    const known = FAULT_BY_ERROR[error.error];
    if (known !== undefined) return known;
    // All else was right before, so this is the one thing that can't be looked at twice.
    if (error.status === 400 && form.verificationCode !== "") {
      return { verificationCode: "wrong" };
    }
    throw error;
  }

  function writeTo(row: AccountRow, language: Language | undefined): void {
    try {
      if (language !== undefined) db.languages.suggest(row.did, language);
      deps.emailTokens.send(row, "confirmEmail");
    } catch (error) {
      deps.log.error("sign_up.not_mailed", { did: row.did, error });
    }
  }

  return {
    checkSignUp: (given) => findFaults(tidy(given)),
    async signUp(given, caller) {
      const form = tidy(given);
      const faults = findFaults(form);
      const isFaulty = Object.keys(faults).length > 0;
      const isTaken = faults.handle === "taken" && mayBeInterrupted(faults);
      if (isFaulty && !isTaken) return { faults };
      try {
        const row = await deps.create(form, caller);
        if (row.creationState !== null) return { faults: { whole: "later" } };
        const { did } = row;
        const from = caller.from ?? null;
        deps.events.record({ did, kind: "accountCreated", from });
        writeTo(row, form.language);
        return { did };
      } catch (error) {
        const isRefused = error instanceof XrpcError && error.status < 500;
        if (isFaulty && isRefused) return { faults };
        return { faults: toFaults(error, form) };
      }
    },
    describeInvite(code) {
      const row = db.inviteCodes.find(code.trim());
      if (row === null) return null;
      const { forAccount } = row;
      const owner =
        forAccount === OPERATOR ? null : db.accounts.find(forAccount as Did);
      const isThere = owner !== null && statusOf(owner) === "active";
      return {
        isUsable: db.inviteCodes.isAvailable(row.code),
        invitedBy: isThere ? owner.handle : null,
      };
    },
  };
}

function tidy(form: SignUpForm): SignUpForm {
  return {
    ...form,
    handle: form.handle.trim().toLowerCase().replace(/^@/, ""),
    email: form.email.trim(),
    inviteCode: form.inviteCode.trim(),
  };
}
