import type { Config } from "#config.ts";
import type { SettingKey } from "./table.ts";

const ADMIN_PASSWORD_MIN = 8;
/** 128 bits, written as hexadecimal digits would be 32; a passphrase is shorter. */
const JWT_SECRET_MIN = 16;
const GUESSED = /^(admin|password|changeme|change-me|secret|tempest)[0-9]*$/i;
const LOOPBACK_LISTEN = /^(localhost|::1|127\.)/;
/** Names that nobody on the internet can have. @see RFC 6761 §6.2 and §6.3; `internal` is set aside by ICANN for private use */
const CLOSED_NAME = /\.(test|localhost|internal)$/;

interface SafetyInput {
  config: Config;
  given: ReadonlySet<SettingKey>;
  problems: string[];
  warnings: string[];
}

/** Refuses what would put a public server at risk; mentions what may be meant. */
export function checkSafety(input: SafetyInput): void {
  const { config, problems } = input;
  checkNames(config, problems);
  if (config.mode === "dev") {
    checkDev(config, problems);
  } else {
    checkServe(input);
    if (config.isLocal) checkLocal(input);
    else checkPublic(input);
  }
}

/** The names of the server have to agree with each other. */
function checkNames(config: Config, problems: string[]): void {
  const { hostname, protocol } = new URL(config.publicUrl);
  const fits = config.isLocal
    ? ["localhost", "127.0.0.1", "[::1]"].includes(hostname)
    : hostname === config.hostname;
  if (!fits) {
    problems.push(
      `TEMPEST_PUBLIC_URL must name the host ${config.hostname}, not ${hostname}`,
    );
  }
  if (!config.isLocal && protocol !== "https:") {
    problems.push(
      "TEMPEST_PUBLIC_URL must start with https: passwords would cross the network in clear",
    );
  }
  if (config.didCacheMaxTtlMs < config.didCacheStaleTtlMs) {
    problems.push(
      "TEMPEST_DID_CACHE_MAX_TTL must not be below TEMPEST_DID_CACHE_STALE_TTL",
    );
  }
}

function checkDev(config: Config, problems: string[]): void {
  if (!config.isLocal) {
    problems.push(
      `\`tempest dev\` runs on localhost, and its passwords are known to all; for ${config.hostname} use \`tempest serve\``,
    );
  }
  if (!LOOPBACK_LISTEN.test(config.listenHost)) {
    problems.push(
      "`tempest dev` listens on loopback only: its passwords are known to all; unset TEMPEST_LISTEN_HOST",
    );
  }
}

function checkServe({ config, given, problems }: SafetyInput): void {
  if (!given.has("hostname")) {
    problems.push(
      "TEMPEST_HOSTNAME is not set: `tempest serve pds.example.com`, or `tempest dev` to try it on this machine",
    );
  }
  const { adminPassword, adminTokenHash, adminDids } = config;
  const hasAdmin = adminPassword !== null || adminTokenHash !== null;
  if (!hasAdmin && adminDids.length === 0) {
    problems.push(
      "TEMPEST_ADMIN_PASSWORD is not set: make one with `openssl rand -hex 16`",
    );
  }
}

function checkLocal({ config, warnings }: SafetyInput): void {
  if (!LOOPBACK_LISTEN.test(config.listenHost)) {
    warnings.push(
      `with host name localhost, other machines can reach the server on ${config.listenHost}`,
    );
  }
}

function checkPublic(input: SafetyInput): void {
  const { config, given, problems, warnings } = input;
  const password = config.adminPassword?.reveal();
  if (password !== undefined && isWeak(password, ADMIN_PASSWORD_MIN)) {
    problems.push(
      `TEMPEST_ADMIN_PASSWORD is easy to guess: use at least ${ADMIN_PASSWORD_MIN} characters, such as \`openssl rand -hex 16\` makes`,
    );
  }
  const jwtSecret = config.jwtSecret?.reveal();
  if (jwtSecret !== undefined && isWeak(jwtSecret, JWT_SECRET_MIN)) {
    problems.push(
      `TEMPEST_JWT_SECRET is easy to guess: leave it out, or use at least ${JWT_SECRET_MIN} characters`,
    );
  }
  checkOpenings(config, problems, warnings);
  if (config.registration === "open") {
    warnings.push(
      config.origins.has("registration")
        ? "anyone can sign up: TEMPEST_REGISTRATION is open"
        : "anyone can sign up: TEMPEST_INVITE_REQUIRED is false",
    );
  }
  if (!config.rateLimitsEnabled) {
    const cause = given.has("rateLimitsEnabled")
      ? "TEMPEST_RATE_LIMITS_ENABLED is false"
      : "TEMPEST_DEV_MODE is true, and TEMPEST_RATE_LIMITS_ENABLED not set";
    warnings.push(`passwords can be guessed without limit: ${cause}`);
  }
  if (config.crawlers.length === 0) {
    warnings.push(
      "no relay is told about posts: set TEMPEST_CRAWLERS=https://bsky.network to be seen",
    );
  }
  const sendsMail = config.smtpUrl !== null || config.emailApi !== null;
  if (!sendsMail && !config.emailLogOnly) {
    warnings.push(
      "no mail is sent, so nobody can reset a password: set TEMPEST_EMAIL_SMTP_URL and TEMPEST_EMAIL_FROM_ADDRESS",
    );
  }
}

/** What lets callers reach into the own network. */
function checkOpenings(
  { hostname, devMode, disableSsrfProtection }: Config,
  problems: string[],
  warnings: string[],
): void {
  if (CLOSED_NAME.test(hostname)) {
    if (disableSsrfProtection) {
      warnings.push(
        "whoever reaches the server can read from its network: TEMPEST_DISABLE_SSRF_PROTECTION is true",
      );
    }
    return;
  }
  if (devMode) {
    problems.push(
      "TEMPEST_DEV_MODE cannot be used with a public host name: unset it",
    );
  }
  if (disableSsrfProtection) {
    problems.push(
      "TEMPEST_DISABLE_SSRF_PROTECTION cannot be used with a public host name: strangers could read from your network; unset it",
    );
  }
}

function isWeak(secret: string, minLength: number): boolean {
  return secret.length < minLength || GUESSED.test(secret);
}
