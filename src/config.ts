import { existsSync, readFileSync } from "node:fs";
import { OperatorError } from "#lib/errors.ts";
import type { Language } from "#lib/languages.ts";
import type { LogFormat, LogLevel } from "#lib/log.ts";
import type { Secret } from "#lib/secret.ts";
import { assembleConfig } from "./config/assemble.ts";
import { parseEnvFile } from "./config/env-file.ts";
import { type Origin, resolveSettings, type Source } from "./config/resolve.ts";
import { checkSafety } from "./config/safety.ts";
import type { Mode } from "./config/setting.ts";
import type { SettingKey } from "./config/table.ts";

/** Who may make an account by themselves. */
export type RegistrationPolicy =
  "invite" | "closed" | "captcha" | "approval" | "open";

export interface ServiceRef {
  url: string;
  did: string;
}

/** All that the program may be told from outside, checked and complete. */
export interface Config {
  mode: Mode;
  devMode: boolean;
  hostname: string;
  /** True when only this machine can reach the server by its name. */
  isLocal: boolean;
  listenHost: string;
  /** 0 takes any free port. */
  port: number;
  /** Without a trailing slash. */
  publicUrl: string;
  serviceDid: string;
  dataFolder: string;
  /** Operator's pages and files; null is the folder `site` of the data folder. */
  siteFolder: string | null;
  /** Each starts with a dot. */
  handleDomains: readonly string[];
  plcUrl: string;
  /** 64 hexadecimal digits; null: made on first start. */
  plcRotationKey: Secret | null;
  recoveryDidKey: string | null;
  adminPassword: Secret | null;
  /** False: it is for programs alone. */
  adminPasswordInBrowsers: boolean;
  /** argon2 in PHC string format. */
  adminTokenHash: Secret | null;
  /** For commands that call a server. */
  adminToken: Secret | null;
  adminDids: readonly string[];
  /** Services that may ask what tokens are worth. */
  resourceServers: readonly { name: string; secret: Secret }[];
  jwtSecret: Secret | null;
  /** 32 bytes; null: kept in the data folder. */
  masterKey: Secret<Uint8Array> | null;
  inviteRequired: boolean;
  /** New accounts need the answer of a check for people. */
  verificationRequired: boolean;
  registration: RegistrationPolicy;
  /** Accounts that may be made in an hour; 0: no bound. */
  signUpsPerHour: number;
  hcaptcha: { siteKey: string; secretKey: Secret } | null;
  inviteIntervalMs: number | null;
  inviteEpochMs: number;
  blobUploadLimitBytes: number;
  /** null: in the data folder. */
  blobFolder: string | null;
  /** null: beside the blobs. */
  blobTmpFolder: string | null;
  acceptingRepoImports: boolean;
  /** null: no limit. */
  maxRepoImportBytes: number | null;
  /** null: no mail is sent. */
  smtpUrl: Secret | null;
  emailApi: { url: string; key: Secret } | null;
  emailLogOnly: boolean;
  emailFrom: string | null;
  emailDisableConfirmationLink: boolean;
  moderationSmtpUrl: Secret | null;
  moderationEmail: string | null;
  appView: (ServiceRef & { cdnUrlPattern: string | null }) | null;
  modService: ServiceRef | null;
  reportService: ServiceRef | null;
  chatService: ServiceRef | null;
  videoService: ServiceRef | null;
  crawlers: readonly string[];
  rateLimitsEnabled: boolean;
  rateLimitBypassKey: Secret | null;
  rateLimitBypassIps: readonly string[];
  trustedProxies: readonly string[];
  metricsOnLoopback: boolean;
  backfillWindowMs: number;
  maxSocketsPerIp: number;
  maxRequestsPerIp: number;
  idResolverTimeoutMs: number;
  didCacheStaleTtlMs: number;
  didCacheMaxTtlMs: number;
  handleBackupNameservers: readonly string[];
  didDocWithSession: boolean;
  serviceName: string;
  language: Language;
  handleHostUrl: string | null;
  homeUrl: string | null;
  logoUrl: string | null;
  logoFile: string | null;
  /** Colours are `#rrggbb`. */
  primaryColor: string | null;
  primaryColorDark: string | null;
  errorColor: string | null;
  warningColor: string | null;
  infoColor: string | null;
  successColor: string | null;
  backgroundLightUrl: string | null;
  backgroundDarkUrl: string | null;
  privacyPolicyUrl: string | null;
  termsOfServiceUrl: string | null;
  supportUrl: string | null;
  contactEmail: string | null;
  disableSsrfProtection: boolean;
  proxyHeadersTimeoutMs: number;
  proxyBodyTimeoutMs: number;
  proxyMaxResponseBytes: number;
  proxyMaxRetries: number;
  /** DIDs, or `*`. */
  fullAudiences: readonly string[];
  lexiconPaths: readonly string[];
  lexiconResolution: "off" | "on" | "strict";
  /** null: each authority's own. */
  lexiconAuthorityDid: string | null;
  fetchMaxResponseBytes: number;
  logEnabled: boolean;
  logLevel: LogLevel;
  logFormat: LogFormat;
  openRepoHandles: number;
  repoLending: "auto" | "on" | "off";
  /** Free space below which little is taken in, and what is kept of it; null for a share of the disk. */
  scarceDiskBytes: number | null;
  reserveDiskBytes: number | null;
  nodeCacheBytes: number;
  /** Where each setting was set that somebody set. */
  origins: ReadonlyMap<SettingKey, Origin>;
}

export interface ConfigResult {
  config: Config;
  /** Sentences for the operator; the start goes on. */
  warnings: string[];
  /** Settings that somebody set. */
  given: ReadonlySet<SettingKey>;
}

export interface ConfigInput {
  mode: Mode;
  /** True for a command that serves nobody and works on the data folder: what a public server must have is not asked. */
  isOffline?: boolean;
  /** By setting name: `TEMPEST_PORT`. */
  flags?: Readonly<Record<string, string | undefined>>;
  /** The environment; the process's own when left out. */
  env?: Readonly<Record<string, string | undefined>>;
  /** File of `NAME=value` lines; `TEMPEST_CONFIG` when left out. */
  file?: string;
}

/**
 * Reads flags, environment and file, in this order of precedence.
 *
 * @throws OperatorError with exit code 78 that lists all that is wrong.
 */
export function loadConfig(input: ConfigInput): ConfigResult {
  const env = input.env ?? process.env;
  const flags = input.flags ?? {};
  const path = input.file ?? env.TEMPEST_CONFIG?.trim();
  const file = path ? readSettingsFile(path) : { values: {}, problems: [] };
  const sources: Source[] = [
    { kind: "flags", label: "flag", values: flags },
    { kind: "environment", label: "environment", values: env },
    { kind: "file", label: path ?? "", values: file.values },
  ];
  const resolved = resolveSettings({
    mode: input.mode,
    sources,
    readFile: (name) => readFileSync(name, "utf8"),
    fileExists: existsSync,
    credentialsFolder: env.CREDENTIALS_DIRECTORY,
  });
  const problems = [...file.problems, ...resolved.problems];
  const warnings = [...resolved.warnings];
  const config = assembleConfig({
    ...resolved,
    mode: input.mode,
    problems,
    stateFolder: env.STATE_DIRECTORY?.split(":")[0] || null,
  });
  if (!input.isOffline) {
    checkSafety({ config, given: resolved.given, problems, warnings });
  }
  if (problems.length > 0) {
    // What is missing may be there, under a name that nobody knows.
    throw refusal([...problems, ...resolved.warnings]);
  }
  return { config, warnings, given: resolved.given };
}

function readSettingsFile(path: string): {
  values: Record<string, string>;
  problems: string[];
} {
  let content: string;
  try {
    content = readFileSync(path, "utf8");
  } catch (cause) {
    throw new OperatorError(`The settings file ${path} cannot be read.`, {
      hint: "Correct --config or TEMPEST_CONFIG, or the permissions of the file.",
      exitCode: 78,
      cause,
    });
  }
  const { values, problems } = parseEnvFile(content);
  return {
    values,
    problems: problems.map(
      ({ line, message }) => `${path}, line ${line}, ${message}`,
    ),
  };
}

function refusal(problems: readonly string[]): OperatorError {
  const list = problems.map((problem) => `\n  - ${problem}`).join("");
  return new OperatorError(`The settings do not fit:${list}`, {
    hint: "`tempest help settings` lists every setting; `tempest dev` needs none.",
    exitCode: 78,
  });
}
