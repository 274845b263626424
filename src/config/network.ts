import {
  bool,
  bytes,
  did,
  didPattern,
  lexiconResolution,
  list,
  milliseconds,
  nameserver,
  path,
  text,
  url,
  whole,
} from "./parsers.ts";
import { optional, setting } from "./setting.ts";

/** Other services, and what is fetched from strangers. */
export const NETWORK_SETTINGS = {
  plcUrl: optional("DID_PLC_URL", url, "PLC directory.", {
    shown: "https://plc.directory; `tempest dev` runs its own",
  }),
  didCacheStaleTtlMs: setting(
    "DID_CACHE_STALE_TTL",
    milliseconds,
    60 * 60 * 1000,
    "Age at which a cached DID document is fetched again in the background.",
  ),
  didCacheMaxTtlMs: setting(
    "DID_CACHE_MAX_TTL",
    milliseconds,
    24 * 60 * 60 * 1000,
    "Age at which a cached DID document is no longer used.",
  ),
  idResolverTimeoutMs: setting(
    "ID_RESOLVER_TIMEOUT",
    milliseconds,
    3000,
    "Time for resolving a DID or handle.",
  ),
  handleBackupNameservers: setting(
    "HANDLE_BACKUP_NAMESERVERS",
    list(nameserver),
    [],
    "Name servers asked when the system's know no handle.",
  ),
  crawlers: setting(
    "CRAWLERS",
    list(url),
    [],
    "Relays told of new events, such as https://bsky.network.",
  ),
  appViewUrl: optional(
    "APPVIEW_URL",
    url,
    "AppView that answers app.bsky methods, such as https://api.bsky.app.",
    { aliases: ["PDS_BSKY_APP_VIEW_URL"] },
  ),
  appViewDid: optional("APPVIEW_DID", did, "Its DID.", {
    aliases: ["PDS_BSKY_APP_VIEW_DID"],
    shown: "did:web: and its host name",
  }),
  appViewCdnUrlPattern: optional(
    "APPVIEW_CDN_URL_PATTERN",
    text,
    "Pattern of its picture URLs; each %s stands for preset, DID and CID.",
    { aliases: ["PDS_BSKY_APP_VIEW_CDN_URL_PATTERN"] },
  ),
  modServiceUrl: optional("MOD_SERVICE_URL", url, "Moderation service."),
  modServiceDid: optional("MOD_SERVICE_DID", did, "Its DID."),
  reportServiceUrl: optional(
    "REPORT_SERVICE_URL",
    url,
    "Service that takes reports.",
    { shown: "MOD_SERVICE_URL" },
  ),
  reportServiceDid: optional("REPORT_SERVICE_DID", did, "Its DID.", {
    shown: "MOD_SERVICE_DID",
  }),
  chatServiceUrl: optional(
    "CHAT_SERVICE_URL",
    url,
    "Service that answers chat.bsky methods.",
    { aliases: [], shown: "with an AppView, https://api.bsky.chat" },
  ),
  chatServiceDid: optional("CHAT_SERVICE_DID", did, "Its DID.", {
    aliases: [],
    shown: "with an AppView, did:web:api.bsky.chat",
  }),
  videoServiceUrl: optional(
    "VIDEO_SERVICE_URL",
    url,
    "Service that answers app.bsky.video methods and plays videos.",
    { aliases: [], shown: "with an AppView, https://video.bsky.app" },
  ),
  videoServiceDid: optional("VIDEO_SERVICE_DID", did, "Its DID.", {
    aliases: [],
    shown: "with an AppView, did:web:video.bsky.app",
  }),
  lexiconPaths: setting(
    "LEXICON_PATHS",
    list(path),
    [],
    "Folders of lexicons, one JSON file each, beside the built-in ones.",
    { aliases: [] },
  ),
  lexiconResolution: setting(
    "LEXICON_EXTERNAL_RESOLVER",
    lexiconResolution,
    "on",
    "Looks up lexicons that are neither built in nor in a folder: `on` says of a record whether it fits, `strict` refuses one that doesn't.",
    { aliases: [], dev: "off" },
  ),
  lexiconAuthorityDid: optional(
    "LEXICON_AUTHORITY_DID",
    did,
    "Account that publishes all lexicons, instead of those that the DNS names.",
  ),
  disableSsrfProtection: setting(
    "DISABLE_SSRF_PROTECTION",
    bool,
    false,
    "Fetches from private addresses, for closed networks. Refused with a public host name, as TEMPEST_DEV_MODE is.",
  ),
  fetchMaxResponseBytes: setting(
    "FETCH_MAX_RESPONSE_SIZE",
    bytes,
    512 * 1024,
    "Largest answer taken from a stranger's server.",
  ),
  proxyHeadersTimeoutMs: setting(
    "PROXY_HEADERS_TIMEOUT",
    milliseconds,
    10_000,
    "Time for the headers of a proxied call.",
  ),
  proxyBodyTimeoutMs: setting(
    "PROXY_BODY_TIMEOUT",
    milliseconds,
    30_000,
    "Longest pause in the body of a proxied call.",
  ),
  proxyMaxResponseBytes: setting(
    "PROXY_MAX_RESPONSE_SIZE",
    bytes,
    10 * 1024 * 1024,
    "Largest answer to a proxied call.",
  ),
  proxyMaxRetries: setting(
    "PROXY_MAX_RETRIES",
    whole(0, 10),
    1,
    "How often a proxied call is sent again when the connection fails.",
  ),
  fullAudiences: setting(
    "PROXY_FULL_AUDIENCES",
    list(didPattern),
    [],
    "DIDs of services whose tokens name the DID with `#` and the service, instead of the DID alone; `*` for all.",
    { aliases: [] },
  ),
};
