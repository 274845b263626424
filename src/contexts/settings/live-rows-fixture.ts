import { LOG_LEVELS } from "#lib/log.ts";
import {
  type LiveKey,
  type LiveRow,
  type LiveRows,
  type LiveValues,
  REGISTRATION_POLICIES,
  type SettingOrigin,
} from "./live-settings.ts";

const DEFAULTS: LiveValues = {
  registration: "invite",
  signUpsPerHour: 0,
  serviceName: "Test",
  homeUrl: null,
  logoUrl: null,
  privacyPolicyUrl: null,
  termsOfServiceUrl: null,
  supportUrl: null,
  contactEmail: null,
  logLevel: "info",
};

/** Rows as the start makes them, for tests. */
export function liveRows(
  values: Partial<LiveValues> = {},
  origins: Partial<Record<LiveKey, SettingOrigin>> = {},
): LiveRows {
  const row = <K extends LiveKey>(
    key: K,
    parse: (text: string) => LiveValues[K] | undefined = (text) =>
      text as LiveValues[K],
  ): LiveRow<LiveValues[K]> => ({
    name: `TEMPEST_${key}`,
    value: { ...DEFAULTS, ...values }[key],
    origin: origins[key] ?? "default",
    expects: "something else",
    parse,
  });
  const oneOf =
    <T extends string>(choices: readonly T[]) =>
    (text: string) =>
      choices.find((choice) => choice === text);
  return {
    registration: row("registration", oneOf(REGISTRATION_POLICIES)),
    signUpsPerHour: row("signUpsPerHour", (text) =>
      /^\d+$/.test(text) ? Number(text) : undefined,
    ),
    serviceName: row("serviceName"),
    homeUrl: row("homeUrl"),
    logoUrl: row("logoUrl"),
    privacyPolicyUrl: row("privacyPolicyUrl"),
    termsOfServiceUrl: row("termsOfServiceUrl"),
    supportUrl: row("supportUrl"),
    contactEmail: row("contactEmail"),
    logLevel: row("logLevel", oneOf(LOG_LEVELS)),
  };
}
