import {
  bool,
  bytes,
  did,
  list,
  milliseconds,
  nameserver,
  text,
  url,
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
  disableSsrfProtection: setting(
    "DISABLE_SSRF_PROTECTION",
    bool,
    false,
    "Fetches from private addresses. Refused with a public host name.",
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
    "Largest proxied answer that has to be read whole.",
  ),
};
