import { ACCOUNT_SETTINGS } from "./accounts.ts";
import { NETWORK_SETTINGS } from "./network.ts";
import { SERVICE_SETTINGS } from "./service.ts";
import type { Setting } from "./setting.ts";
import { STORAGE_SETTINGS } from "./storage.ts";

/** The one table of settings. A row's key is its name inside the program. */
export const SETTINGS = {
  ...SERVICE_SETTINGS,
  ...ACCOUNT_SETTINGS,
  ...STORAGE_SETTINGS,
  ...NETWORK_SETTINGS,
};

export type SettingKey = keyof typeof SETTINGS;

/** The values of all settings, before defaults that depend on others. */
export type SettingValues = {
  [K in SettingKey]: (typeof SETTINGS)[K] extends Setting<infer T> ? T : never;
};

/** Headings of the generated reference, in order. */
export const SETTING_GROUPS: readonly {
  title: string;
  settings: Readonly<Record<string, Setting<unknown>>>;
}[] = [
  { title: "Service", settings: SERVICE_SETTINGS },
  { title: "Accounts, keys and mail", settings: ACCOUNT_SETTINGS },
  { title: "Storage", settings: STORAGE_SETTINGS },
  { title: "Network", settings: NETWORK_SETTINGS },
];
