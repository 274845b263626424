import type { Clock } from "#lib/clock.ts";
import { invalidRequest } from "#lib/errors.ts";
import type { LogLevel } from "#lib/log.ts";
import type { AccountDb } from "#storage/account/account-db.ts";

/** Who may make an account by themselves. */
export const REGISTRATION_POLICIES = [
  "invite",
  "closed",
  "captcha",
  "approval",
  "open",
] as const;
export type RegistrationPolicy = (typeof REGISTRATION_POLICIES)[number];

/** The settings that can be changed while the server runs. */
export interface LiveValues {
  registration: RegistrationPolicy;
  /** Accounts that may be made in an hour; 0 is no bound. */
  signUpsPerHour: number;
  serviceName: string;
  homeUrl: string | null;
  logoUrl: string | null;
  privacyPolicyUrl: string | null;
  termsOfServiceUrl: string | null;
  supportUrl: string | null;
  contactEmail: string | null;
  logLevel: LogLevel;
}

export type LiveKey = keyof LiveValues;

/** Where a value comes from; the earlier ones win. */
export type SettingOrigin =
  "flag" | "environment" | "file" | "page" | "default";

/** What the start found out about one live setting. */
export interface LiveRow<T> {
  /** `TEMPEST_…` */
  name: string;
  /** The value of flags, environment and file, or the default. */
  value: T;
  origin: SettingOrigin;
  /** Completes "NAME must be …". */
  expects: string;
  /** Returns undefined when the text does not fit. The text is trimmed and not empty. */
  parse(text: string): T | undefined;
}

export type LiveRows = { [K in LiveKey]: LiveRow<LiveValues[K]> };

/**
 * Settings that the operator changes in the pages. What a flag, the
 * environment or the file says wins, and can't be changed here.
 */
export interface LiveSettings {
  get<K extends LiveKey>(key: K): LiveValues[K];
  originOf(key: LiveKey): SettingOrigin;
  /** False where a flag, the environment or the file has the word. */
  mayChange(key: LiveKey): boolean;
  /**
   * Takes effect at once and outlives a restart. Empty text takes the value
   * back to its default.
   * @throws XrpcError InvalidRequest when it does not fit, or is set elsewhere.
   */
  change(key: LiveKey, text: string): void;
  /** Calls back after each change. */
  onChange(listener: (key: LiveKey) => void): void;
}

const rowName = (name: string) => `page ${name}`;

export function createLiveSettings({
  db,
  clock,
  rows,
}: {
  db: Pick<AccountDb, "settings">;
  clock: Clock;
  rows: LiveRows;
}): LiveSettings {
  const set = new Map<LiveKey, unknown>();
  const listeners: ((key: LiveKey) => void)[] = [];
  for (const key of Object.keys(rows) as LiveKey[]) {
    const stored = db.settings.find(rowName(rows[key].name));
    if (typeof stored !== "string") continue;
    // What an older version stored may not fit any more.
    const value = rows[key].parse(stored);
    if (value !== undefined) set.set(key, value);
  }
  const mayChange = (key: LiveKey) =>
    rows[key].origin === "default" || rows[key].origin === "page";

  return {
    get<K extends LiveKey>(key: K) {
      const isSet = mayChange(key) && set.has(key);
      return (isSet ? set.get(key) : rows[key].value) as LiveValues[K];
    },
    originOf(key) {
      return mayChange(key) && set.has(key) ? "page" : rows[key].origin;
    },
    mayChange,
    change(key, given) {
      const { name, expects, parse, origin } = rows[key];
      if (!mayChange(key)) {
        const where =
          origin === "environment" ? "the environment" : `a ${origin}`;
        throw invalidRequest(
          `${name} is set by ${where}; change it there`,
        ).because("settingElsewhere", { name });
      }
      const text = given.trim();
      if (text === "") {
        db.settings.remove(rowName(name));
        set.delete(key);
      } else {
        const value = parse(text);
        if (value === undefined) {
          throw invalidRequest(`${name} must be ${expects}`).because(
            "settingForm",
            { name, expects },
          );
        }
        db.settings.put(rowName(name), text, clock.nowMs());
        set.set(key, value);
      }
      for (const listener of listeners) listener(key);
    },
    onChange: (listener) => void listeners.push(listener),
  };
}
