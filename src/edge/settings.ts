import type { Language } from "#lib/languages.ts";
import type { Secret } from "#lib/secret.ts";

/** A service that methods of others are forwarded to. */
export interface ServiceTarget {
  url: string;
  did: string;
}

/** What the edge needs of the configuration; the names are those of Config. */
export interface EdgeSettings {
  devMode: boolean;
  /** Name of the host without port. */
  hostname: string;
  listenHost: string;
  /** 0 takes any free port. */
  port: number;
  publicUrl: string;
  serviceDid: string;
  serviceName: string;
  /** Each starts with a dot. */
  handleDomains: readonly string[];
  inviteRequired: boolean;
  /** New accounts need the answer of a check for people, or an invite code. */
  verificationRequired: boolean;
  blobUploadLimitBytes: number;
  /** null is no limit. */
  maxRepoImportBytes: number | null;
  /** With `{handle}` in it; null shows nothing at the host names of handles. */
  handleHostUrl: string | null;
  homeUrl: string | null;
  logoUrl: string | null;
  /** Instead of what is at `logoUrl`. */
  logo: { bytes: Uint8Array<ArrayBuffer>; type: string } | null;
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
  /** Of pages, for browsers that ask for none that there is. */
  language: Language;
  appView: ServiceTarget | null;
  modService: ServiceTarget | null;
  reportService: ServiceTarget | null;
  chatService: ServiceTarget | null;
  videoService: ServiceTarget | null;
  proxyHeadersTimeoutMs: number;
  proxyBodyTimeoutMs: number;
  proxyMaxResponseBytes: number;
  proxyMaxRetries: number;
  /** DIDs of services whose tokens name them in full, or `*`. */
  fullAudiences: readonly string[];
  rateLimitsEnabled: boolean;
  rateLimitBypassKey: Secret | null;
  /** Addresses and CIDR ranges. */
  rateLimitBypassIps: readonly string[];
  /** Addresses and CIDR ranges whose X-Forwarded-For is believed. */
  trustedProxies: readonly string[];
  /** The numbers are shown to this machine without a password. */
  metricsOnLoopback: boolean;
  /** Firehose connections from one address. */
  maxSocketsPerIp: number;
  /** Requests from one address that may be under way at a time. */
  maxRequestsPerIp: number;
}
