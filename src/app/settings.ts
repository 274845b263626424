import type { Storage } from "./storage.ts";
import type { Registration } from "#contexts/accounts/registration.ts";
import {
  createLiveSettings,
  type LiveKey,
  type LiveRow,
  type LiveRows,
  type LiveSettings,
  type SettingOrigin,
} from "#contexts/settings/live-settings.ts";
import { type Clock } from "#lib/clock.ts";
import type { Config } from "#config.ts";
import type { Origin } from "#config/resolve.ts";
import { type SettingKey, SETTINGS } from "#config/table.ts";

const LIVE_KEYS = [
  "registration",
  "signUpsPerHour",
  "serviceName",
  "homeUrl",
  "logoUrl",
  "privacyPolicyUrl",
  "termsOfServiceUrl",
  "supportUrl",
  "contactEmail",
  "logLevel",
] as const satisfies readonly LiveKey[];

/** The settings that the pages can change, beginning with what the start was told. */
export function createLiveSettingsOf(
  config: Config,
  { accountDb: db }: Storage,
  { clock }: { clock: Clock },
): LiveSettings {
  const rows = LIVE_KEYS.map((key): [LiveKey, LiveRow<unknown>] => {
    const { name, parser } = SETTINGS[key];
    const { expects, parse } = parser;
    const origin = originOf(config, key);
    return [key, { name, value: config[key], origin, expects, parse }];
  });
  return createLiveSettings({
    ...{ db, clock },
    rows: Object.fromEntries(rows) as unknown as LiveRows,
  });
}

const WORDS: Record<Origin["kind"], SettingOrigin> = {
  flags: "flag",
  environment: "environment",
  file: "file",
};

export function originOf(config: Config, key: SettingKey): SettingOrigin {
  const { origins } = config;
  const found =
    origins.get(key) ??
    // The reference's switch says the same in fewer words.
    (key === "registration" ? origins.get("inviteRequired") : undefined);
  return found === undefined ? "default" : WORDS[found.kind];
}

/**
 * The configuration for those who look each time: what the pages change is
 * what it says from then on.
 */
export function withLiveValues(
  config: Config,
  live: LiveSettings,
  registration: Registration,
): Config {
  const view = { ...config };
  const define = (key: string, get: () => unknown) =>
    Object.defineProperty(view, key, { enumerable: true, get });
  for (const key of LIVE_KEYS) define(key, () => live.get(key));
  // What clients ask people for follows from the policy that holds.
  const policy = () => registration.view().policy;
  define("registration", policy);
  define("inviteRequired", () => !["captcha", "open"].includes(policy()));
  define("verificationRequired", () => policy() === "captcha");
  return view;
}
