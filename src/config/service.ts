import { LOG_LEVELS } from "#lib/log.ts";
import {
  addressBlock,
  bool,
  bytes,
  did,
  hostname,
  link,
  list,
  listenAddress,
  milliseconds,
  oneOf,
  origin,
  secretText,
  text,
  whole,
} from "./parsers.ts";
import { optional, setting } from "./setting.ts";

/** Who the server is, and how it listens and logs. */
export const SERVICE_SETTINGS = {
  hostname: optional(
    "HOSTNAME",
    hostname,
    "Public host name. `localhost` is for trying on this machine only.",
    { dev: "localhost" },
  ),
  port: setting(
    "PORT",
    whole(0, 65_535),
    2583,
    "TCP port to listen on; 0 takes any free one.",
    { aliases: ["PDS_PORT", "PORT"] },
  ),
  listenHost: optional("LISTEN_HOST", listenAddress, "Address to listen on.", {
    aliases: [],
    shown: "0.0.0.0; with host name `localhost`, 127.0.0.1",
  }),
  publicUrl: optional(
    "PUBLIC_URL",
    origin,
    "URL under which others reach the server.",
    {
      aliases: [],
      shown: "https://HOSTNAME; for `localhost`, http://localhost:PORT",
    },
  ),
  serviceDid: optional("SERVICE_DID", did, "DID of the server itself.", {
    shown: "did:web:HOSTNAME",
  }),
  devMode: setting(
    "DEV_MODE",
    bool,
    false,
    "Allows services on loopback addresses and over plain http. Refused with a public host name.",
    { dev: true },
  ),
  adminPassword: optional(
    "ADMIN_PASSWORD",
    secretText,
    "Password of the user `admin` for the com.atproto.admin methods. Required by `tempest serve`.",
    { secret: true },
  ),
  jwtSecret: optional(
    "JWT_SECRET",
    secretText,
    "Key that signs session tokens. Made from the master key when left out.",
    { secret: true },
  ),
  serviceName: optional("SERVICE_NAME", text, "Name shown to people.", {
    shown: "HOSTNAME PDS",
    live: true,
  }),
  homeUrl: optional("HOME_URL", link, "Home page of the host.", { live: true }),
  logoUrl: optional("LOGO_URL", link, "Picture of the host.", { live: true }),
  privacyPolicyUrl: optional(
    "PRIVACY_POLICY_URL",
    link,
    "Privacy policy, shown by describeServer.",
    { live: true },
  ),
  termsOfServiceUrl: optional(
    "TERMS_OF_SERVICE_URL",
    link,
    "Terms of service, shown by describeServer.",
    { live: true },
  ),
  supportUrl: optional("SUPPORT_URL", link, "Where people find help.", {
    live: true,
  }),
  contactEmail: optional(
    "CONTACT_EMAIL_ADDRESS",
    text,
    "Address of the operator, shown by describeServer.",
    { live: true },
  ),
  trustedProxies: setting(
    "TRUSTED_PROXIES",
    list(addressBlock),
    [
      "127.0.0.0/8",
      "::1/128",
      "10.0.0.0/8",
      "172.16.0.0/12",
      "192.168.0.0/16",
      "fc00::/7",
    ],
    "Addresses whose X-Forwarded-For header is believed.",
    { aliases: [], shown: "loopback and private addresses" },
  ),
  rateLimitsEnabled: setting(
    "RATE_LIMITS_ENABLED",
    bool,
    true,
    "Limits the number of calls by address and account.",
    { dev: false },
  ),
  rateLimitBypassKey: optional(
    "RATE_LIMIT_BYPASS_KEY",
    secretText,
    "Calls with this value in the header x-ratelimit-bypass are not limited.",
    { secret: true },
  ),
  rateLimitBypassIps: setting(
    "RATE_LIMIT_BYPASS_IPS",
    list(addressBlock),
    [],
    "Addresses whose calls are not limited.",
  ),
  maxSubscriptionBuffer: setting(
    "MAX_SUBSCRIPTION_BUFFER",
    whole(1, 1_000_000, "events"),
    500,
    "Events a firehose subscriber may fall behind before it is cut off.",
  ),
  maxSocketsPerIp: setting(
    "MAX_SOCKETS_PER_IP",
    whole(1, 100_000),
    50,
    "Firehose connections from one address at a time.",
    { aliases: [], dev: 1000 },
  ),
  backfillWindowMs: setting(
    "REPO_BACKFILL_LIMIT_MS",
    milliseconds,
    3 * 24 * 60 * 60 * 1000,
    "How far back in time a firehose cursor may reach; older events are removed.",
  ),
  logEnabled: setting("LOG_ENABLED", bool, true, "Writes a log.", {
    aliases: ["LOG_ENABLED"],
  }),
  logLevel: setting(
    "LOG_LEVEL",
    oneOf(...LOG_LEVELS, "trace", "fatal"),
    "info",
    "Least severe level that is written.",
    { aliases: ["LOG_LEVEL"], dev: "warn", live: true },
  ),
  logFormat: setting(
    "LOG_FORMAT",
    oneOf("json", "text"),
    "json",
    "One JSON object a line, or text for people.",
    { aliases: [], dev: "text" },
  ),
  nodeCacheBytes: setting(
    "NODE_CACHE_BYTES",
    bytes,
    64 * 1024 * 1024,
    "Memory for decoded nodes of repository trees.",
    { aliases: [] },
  ),
};
