import { resolve } from "node:path";
import type { Config, ServiceRef } from "#config.ts";
import { LOG_LEVELS, type LogLevel } from "#lib/log.ts";
import { Secret } from "#lib/secret.ts";
import type { Mode } from "./setting.ts";
import type { SettingKey, SettingValues } from "./table.ts";

const PUBLIC_PLC_URL = "https://plc.directory";
/** dev-env's port, so that existing client settings fit. */
const DEV_PLC_URL = "http://localhost:2582";
/** Where clients of Bluesky's AppView expect their messages and videos. */
const PUBLIC_CHAT: ServiceRef = {
  url: "https://api.bsky.chat",
  did: "did:web:api.bsky.chat",
};
const PUBLIC_VIDEO: ServiceRef = {
  url: "https://video.bsky.app",
  did: "did:web:video.bsky.app",
};

interface AssembleInput {
  mode: Mode;
  values: SettingValues;
  given: ReadonlySet<SettingKey>;
  origins: Config["origins"];
  problems: string[];
  /** systemd's state folder. */
  stateFolder: string | null;
}

/** Fills in the defaults that depend on other settings. */
export function assembleConfig(input: AssembleInput): Config {
  const { mode, values, problems } = input;
  const hostname = values.hostname ?? "localhost";
  const isLocal = hostname === "localhost";
  const modService = pair(
    values.modServiceUrl,
    values.modServiceDid,
    "TEMPEST_MOD_SERVICE",
    problems,
  );
  const reportService = pair(
    values.reportServiceUrl,
    values.reportServiceDid,
    "TEMPEST_REPORT_SERVICE",
    problems,
  );
  const chatService = pair(
    values.chatServiceUrl,
    values.chatServiceDid,
    "TEMPEST_CHAT_SERVICE",
    problems,
  );
  const videoService = pair(
    values.videoServiceUrl,
    values.videoServiceDid,
    "TEMPEST_VIDEO_SERVICE",
    problems,
  );
  const appView = assembleAppView(values, problems);
  // A development network doesn't call the real one.
  const isConnected = appView !== null && mode === "serve";
  const smtp = assembleMail(values, problems);
  return {
    ...values,
    ...assembleRegistration(values, problems),
    emailApi: assembleEmailApi(values, problems),
    origins: input.origins,
    mode,
    hostname,
    isLocal,
    listenHost: values.listenHost ?? (isLocal ? "127.0.0.1" : "0.0.0.0"),
    publicUrl:
      values.publicUrl ??
      (isLocal ? `http://localhost:${values.port}` : `https://${hostname}`),
    serviceDid: values.serviceDid ?? `did:web:${hostname}`,
    dataFolder: values.dataFolder ?? defaultFolder(mode, input.stateFolder),
    handleDomains:
      values.handleDomains.length > 0
        ? values.handleDomains
        : [isLocal ? ".test" : `.${hostname}`],
    plcUrl: values.plcUrl ?? (mode === "dev" ? DEV_PLC_URL : PUBLIC_PLC_URL),
    smtpUrl: smtp.url,
    emailFrom: smtp.from,
    moderationSmtpUrl: values.moderationSmtpUrl ?? smtp.url,
    appView,
    modService,
    reportService: reportService ?? modService,
    chatService: chatService ?? (isConnected ? PUBLIC_CHAT : null),
    videoService: videoService ?? (isConnected ? PUBLIC_VIDEO : null),
    serviceName: values.serviceName ?? `${hostname} PDS`,
    logLevel: toLogLevel(values.logLevel),
    // A development network is one busy address.
    rateLimitsEnabled:
      values.rateLimitsEnabled &&
      (!values.devMode || input.given.has("rateLimitsEnabled")),
  };
}

function defaultFolder(mode: Mode, stateFolder: string | null): string {
  if (mode === "dev") return resolve("tempest-data-dev");
  return stateFolder ?? resolve("tempest-data");
}

/** The reference's logger knows two more names. */
function toLogLevel(level: LogLevel | "trace" | "fatal"): LogLevel {
  if (level === "trace") return LOG_LEVELS[0];
  return level === "fatal" ? "error" : level;
}

function pair(
  url: string | null,
  did: string | null,
  name: string,
  problems: string[],
): ServiceRef | null {
  if (url !== null && did !== null) return { url, did };
  if (url !== null) problems.push(`${name}_DID must be set with ${name}_URL`);
  if (did !== null) problems.push(`${name}_URL must be set with ${name}_DID`);
  return null;
}

function assembleEmailApi(
  { emailApiUrl, emailApiKey, emailFrom, smtpFromAddress }: SettingValues,
  problems: string[],
): Config["emailApi"] {
  if (emailApiUrl === null && emailApiKey === null) return null;
  if (emailApiUrl === null || emailApiKey === null) {
    problems.push(
      "TEMPEST_EMAIL_API_URL and TEMPEST_EMAIL_API_KEY must be set together",
    );
    return null;
  }
  if (emailFrom === null && smtpFromAddress === null) {
    problems.push(
      "TEMPEST_EMAIL_FROM_ADDRESS must be set with TEMPEST_EMAIL_API_URL",
    );
  }
  return { url: emailApiUrl, key: emailApiKey };
}

/** The policy by its own setting, or by the reference's switch. */
function assembleRegistration(
  values: SettingValues,
  problems: string[],
): Pick<
  Config,
  "registration" | "inviteRequired" | "verificationRequired" | "hcaptcha"
> {
  const registration =
    values.registration ?? (values.inviteRequired ? "invite" : "open");
  const { hcaptchaSiteKey: siteKey, hcaptchaSecretKey: secretKey } = values;
  if ((siteKey === null) !== (secretKey === null)) {
    problems.push(
      "TEMPEST_HCAPTCHA_SITE_KEY and TEMPEST_HCAPTCHA_SECRET_KEY must be set together",
    );
  }
  return {
    registration,
    inviteRequired: registration !== "open" && registration !== "captcha",
    verificationRequired: registration === "captcha",
    hcaptcha:
      siteKey === null || secretKey === null ? null : { siteKey, secretKey },
  };
}

function assembleAppView(
  values: SettingValues,
  problems: string[],
): Config["appView"] {
  if (values.appViewUrl === null) {
    for (const key of ["appViewDid", "appViewCdnUrlPattern"] as const) {
      if (values[key] === null) continue;
      problems.push("TEMPEST_APPVIEW_URL must be set with its DID or pattern");
      break;
    }
    return null;
  }
  const { host } = new URL(values.appViewUrl);
  return {
    url: values.appViewUrl,
    did: values.appViewDid ?? `did:web:${host.replace(":", "%3A")}`,
    cdnUrlPattern: values.appViewCdnUrlPattern,
  };
}

/** Mail by URL, or by the single settings of the SMTP_ group. */
function assembleMail(
  values: SettingValues,
  problems: string[],
): { url: Secret | null; from: string | null } {
  if (values.smtpUrl !== null) {
    if (values.emailFrom === null) {
      problems.push(
        "TEMPEST_EMAIL_FROM_ADDRESS must be set with TEMPEST_EMAIL_SMTP_URL",
      );
    }
    return { url: values.smtpUrl, from: values.emailFrom };
  }
  if (!values.smtpEnabled) return { url: null, from: values.emailFrom };
  const address = values.smtpFromAddress ?? values.emailFrom;
  if (values.smtpHost === null || address === null) {
    problems.push(
      "TEMPEST_SMTP_ENABLED needs TEMPEST_SMTP_HOST and TEMPEST_SMTP_FROM_ADDRESS",
    );
    return { url: null, from: null };
  }
  const name = values.smtpFromName.replace(/["\\]/g, "");
  const from = address.includes("<") ? address : `"${name}" <${address}>`;
  return { url: new Secret(smtpUrlOf(values, values.smtpHost)), from };
}

function smtpUrlOf(values: SettingValues, host: string): string {
  const url = new URL(`${values.smtpSsl ? "smtps" : "smtp"}://${host}`);
  url.port = String(values.smtpPort);
  if (values.smtpAuth !== "never" && values.smtpUsername !== null) {
    url.username = encodeURIComponent(values.smtpUsername);
    url.password = encodeURIComponent(values.smtpPassword?.reveal() ?? "");
  }
  if (values.smtpTls === "always") url.searchParams.set("requireTLS", "true");
  if (values.smtpTls === "never") url.searchParams.set("ignoreTLS", "true");
  return url.href;
}
