import type { Clock } from "#lib/clock.ts";
import { invalidRequest, XrpcError } from "#lib/errors.ts";
import type { Logger } from "#lib/log.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { Mail } from "#contexts/mail/mail.ts";
import type { Caller } from "#contexts/security/caller.ts";
import type {
  LiveSettings,
  RegistrationPolicy,
} from "#contexts/settings/live-settings.ts";
import type { HumanCheck, Puzzle } from "./human-check.ts";
import { inviteUnavailable } from "./reservation.ts";

/** Why the registration was taken back to `invite` by itself. */
export interface TrippedGuard {
  atMs: number;
  /** Accounts made in the hour before. */
  count: number;
}

/** What a page that makes accounts has to ask for. */
export interface RegistrationView {
  /** What holds now: `invite` while the guard has tripped. */
  policy: RegistrationPolicy;
  /** What the operator chose. */
  chosen: RegistrationPolicy;
  /** False when a setting outside of the pages has the word. */
  mayChange: boolean;
  /** Only with the policy `captcha`. */
  check: HumanCheck["asked"] | null;
  tripped: TrippedGuard | null;
  signUpsPerHour: number;
  signUpsLastHour: number;
}

/** What somebody shows who wants an account. */
export interface Entry {
  inviteCode: string | null;
  /** Answer of the check for people. */
  verificationCode: string | null;
}

/**
 * Who may make an account. Every way in asks here: the method, applications
 * that sign people up, and the page.
 */
export interface Registration {
  view(): RegistrationView;
  /** Whether a code is needed, and nothing else will do. */
  needsInvite(): boolean;
  /**
   * The cheap half, before anything is looked up.
   * @throws XrpcError InvalidInviteCode, InvalidRequest
   */
  checkEntry(entry: Entry, caller: Caller): void;
  /** Whether a code that is needed is good. @throws XrpcError InvalidInviteCode */
  checkCode(entry: Entry, caller: Caller): void;
  /**
   * The other half, once all else is right, for it uses the answer up.
   * @returns whether the account must count as a use of the code.
   * @throws XrpcError InvalidInviteCode, InvalidRequest
   */
  admit(entry: Entry, caller: Caller): Promise<{ mustUseInvite: boolean }>;
  /** In the transaction that makes the account. @throws XrpcError InvalidInviteCode */
  checkRate(): void;
  /** For the page: null when another service asks. */
  newPuzzle(): Puzzle | null;
  /**
   * Chooses who may make accounts, and lifts the guard.
   * @param confirmation must be `open` to open the server to everybody.
   * @throws XrpcError InvalidRequest
   */
  choose(policy: string, confirmation?: string): void;
  /** Lets the policy hold again after the guard tripped. */
  resume(): void;
  /** Takes the registration back when too many accounts were made; for a chore. */
  watch(): void;
}

export interface RegistrationDeps {
  db: Pick<AccountDb, "accounts" | "inviteCodes" | "settings">;
  live: LiveSettings;
  humanCheck: HumanCheck;
  mail: Pick<Mail, "sendMessage">;
  publicUrl: string;
  clock: Clock;
  log: Logger;
}

const GUARD = "registration-guard";
const HOUR_MS = 3_600_000;
/** Policies under which strangers make accounts without anybody's word. */
const UNGUARDED = new Set<RegistrationPolicy>(["captcha", "open"]);

export function createRegistration(deps: RegistrationDeps): Registration {
  const { db, live, clock, log } = deps;
  let tripped = (db.settings.find(GUARD) as TrippedGuard | undefined) ?? null;

  const chosen = () => live.get("registration");
  const policy = (): RegistrationPolicy =>
    tripped !== null && UNGUARDED.has(chosen()) ? "invite" : chosen();
  const needsInvite = () => policy() === "invite" || policy() === "approval";

  /** Accounts made within an hour, since the guard was last lifted. */
  function countRecent(): number {
    const liftedMs = (db.settings.find(`${GUARD} lifted`) as number) ?? 0;
    const sinceMs = Math.max(clock.nowMs() - HOUR_MS, liftedMs);
    return db.accounts.countCreatedSince(sinceMs);
  }

  function isTooFast(): boolean {
    const most = live.get("signUpsPerHour");
    return most > 0 && UNGUARDED.has(policy()) && countRecent() >= most;
  }

  function watch(): void {
    if (!isTooFast()) return;
    const count = countRecent();
    tripped = { atMs: clock.nowMs(), count };
    db.settings.put(GUARD, tripped, tripped.atMs);
    log.warn("registration.guard_tripped", { count, policy: chosen() });
    const to = live.get("contactEmail");
    if (to === null) return;
    deps.mail.sendMessage({
      kind: "registrationGuard",
      to,
      values: {
        count: String(count),
        origin: deps.publicUrl,
        page: `${deps.publicUrl}/admin/registration`,
      },
    });
  }

  function lift(): void {
    tripped = null;
    db.settings.remove(GUARD);
    db.settings.put(`${GUARD} lifted`, clock.nowMs(), clock.nowMs());
  }

  const isInvited = ({ inviteCode }: Entry) =>
    inviteCode !== null && db.inviteCodes.isAvailable(inviteCode);

  function checkEntry(entry: Entry, caller: Caller): void {
    if (caller.kind === "admin") return;
    watch();
    if (policy() === "closed") {
      throw invalidRequest("This server takes no new accounts").because(
        "signUpsClosed",
      );
    }
    if (needsInvite() && entry.inviteCode === null) {
      throw new XrpcError(
        "InvalidInviteCode",
        policy() === "approval"
          ? `New accounts are approved by the operator: ask for one at ${deps.publicUrl}/apply`
          : "No invite code provided",
      );
    }
    if (
      policy() === "captcha" &&
      entry.inviteCode === null &&
      entry.verificationCode === null
    ) {
      throw invalidRequest("Verification is now required on this server.");
    }
  }

  function checkCode(entry: Entry, caller: Caller): void {
    if (caller.kind === "admin" || !needsInvite()) return;
    if (!isInvited(entry)) throw inviteUnavailable();
  }

  async function admit(entry: Entry, caller: Caller) {
    if (caller.kind === "admin") return { mustUseInvite: false };
    checkCode(entry, caller);
    if (needsInvite()) return { mustUseInvite: true };
    if (policy() !== "captcha") return { mustUseInvite: false };
    // Who is invited need not show to be a person.
    if (isInvited(entry)) return { mustUseInvite: true };
    if (entry.verificationCode === null) throw inviteUnavailable();
    if (await deps.humanCheck.verify(entry.verificationCode)) {
      return { mustUseInvite: false };
    }
    throw invalidRequest(
      "Could not verify the captcha token. Please try again.",
    );
  }

  return {
    view: () => ({
      policy: policy(),
      chosen: chosen(),
      mayChange: live.mayChange("registration"),
      check: policy() === "captcha" ? deps.humanCheck.asked : null,
      tripped: policy() === chosen() ? null : tripped,
      signUpsPerHour: live.get("signUpsPerHour"),
      signUpsLastHour: db.accounts.countCreatedSince(clock.nowMs() - HOUR_MS),
    }),
    needsInvite,
    checkEntry,
    checkCode,
    admit,
    checkRate() {
      if (isTooFast()) throw inviteUnavailable();
    },
    newPuzzle: deps.humanCheck.newPuzzle,
    choose(wanted, confirmation) {
      if (wanted === "open" && confirmation?.trim().toLowerCase() !== "open") {
        throw invalidRequest(
          "Type the word “open” to let everybody make accounts",
        ).because("openWord");
      }
      live.change("registration", wanted);
      lift();
      log.info("registration.chosen", { policy: wanted });
    },
    resume: lift,
    watch,
  };
}
