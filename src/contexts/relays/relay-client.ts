import type { SafeFetch } from "#lib/safe-fetch.ts";
import { type Did, isTid } from "#repo/syntax.ts";

/** What a relay says of this host. */
export type HostReport =
  | {
      kind: "known";
      /** `active`, `idle`, `offline`, `throttled`, `banned`, or a word of its own; null when it has none. */
      status: string | null;
      /** Newest event that it has of us; relays store it with some delay. */
      seq: number | null;
      /** Accounts of this host that it counts; left out by those that count none. */
      accountCount?: number;
    }
  /** It has never heard of this host. */
  | { kind: "unknown" }
  /** It answers no such question. */
  | { kind: "unsupported" }
  | { kind: "unreachable"; reason: string };

/** What a relay says of one repository. */
export type RepoReport =
  | {
      kind: "known";
      active: boolean;
      /** Why it is not active. */
      status: string | null;
      /** The newest revision that it has; null when it doesn't say. */
      rev: string | null;
    }
  | { kind: "unknown" }
  | { kind: "unsupported" }
  | { kind: "unreachable"; reason: string };

export type CrawlAnswer =
  | { kind: "agreed" }
  /** Asking again will not help. */
  | { kind: "refused"; reason: string }
  /** Asking again may help. */
  | { kind: "unreachable"; reason: string };

/** Asks one relay; failures of the network are answers. */
export interface RelayClient {
  /** @see https://docs.bsky.app/docs/api/com-atproto-sync-get-host-status */
  getHostStatus(
    url: string,
    options: { timeoutMs: number; signal?: AbortSignal },
  ): Promise<HostReport>;
  /** @see https://docs.bsky.app/docs/api/com-atproto-sync-get-repo-status */
  getRepoStatus(
    url: string,
    did: Did,
    options: { timeoutMs: number; signal?: AbortSignal },
  ): Promise<RepoReport>;
  /** @see https://docs.bsky.app/docs/api/com-atproto-sync-request-crawl */
  requestCrawl(
    url: string,
    options: { timeoutMs: number; signal?: AbortSignal },
  ): Promise<CrawlAnswer>;
}

const MAX_ANSWER_BYTES = 64 * 1024;
/** Words of a relay are shown to operators; a page of HTML is not. */
const MAX_WORDS = 200;
const TOO_MANY_REQUESTS = 429;

/** @param deps.hostname that relays should dial, with a port where it has one. */
export function createRelayClient(deps: {
  fetch: SafeFetch;
  hostname: string;
}): RelayClient {
  const { fetch, hostname } = deps;
  const maxBytes = MAX_ANSWER_BYTES;
  const methodOf = (url: string, name: string) =>
    new URL(`/xrpc/com.atproto.sync.${name}`, url);

  return {
    async getHostStatus(url, options) {
      const target = methodOf(url, "getHostStatus");
      target.searchParams.set("hostname", hostname);
      try {
        const response = await fetch(target.href, { ...options, maxBytes });
        return readReport(response.status, readJson(response.body));
      } catch (error) {
        return { kind: "unreachable", reason: wordsOf(error) };
      }
    },
    async getRepoStatus(url, did, options) {
      const target = methodOf(url, "getRepoStatus");
      target.searchParams.set("did", did);
      try {
        const response = await fetch(target.href, { ...options, maxBytes });
        return readRepoReport(response.status, readJson(response.body));
      } catch (error) {
        return { kind: "unreachable", reason: wordsOf(error) };
      }
    },
    async requestCrawl(url, options) {
      try {
        const response = await fetch(methodOf(url, "requestCrawl").href, {
          ...options,
          maxBytes,
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ hostname }),
        });
        return readCrawlAnswer(response.status, readJson(response.body));
      } catch (error) {
        return { kind: "unreachable", reason: wordsOf(error) };
      }
    },
  };
}

function readReport(
  status: number,
  { seq, status: word, accountCount, error, message }: Record<string, unknown>,
): HostReport {
  if (status === 200) {
    return {
      kind: "known",
      status: typeof word === "string" ? word.slice(0, MAX_WORDS) : null,
      seq: Number.isSafeInteger(seq) && Number(seq) >= 0 ? Number(seq) : null,
      ...(Number.isSafeInteger(accountCount) && {
        accountCount: Number(accountCount),
      }),
    };
  }
  if (error === "HostNotFound") return { kind: "unknown" };
  if (isPassing(status)) {
    return { kind: "unreachable", reason: describe(status, error, message) };
  }
  return { kind: "unsupported" };
}

function readRepoReport(
  httpStatus: number,
  { active, status, rev, error, message }: Record<string, unknown>,
): RepoReport {
  if (httpStatus === 200) {
    return {
      kind: "known",
      active: active === true,
      status: typeof status === "string" ? status.slice(0, MAX_WORDS) : null,
      rev: typeof rev === "string" && isTid(rev) ? rev : null,
    };
  }
  if (error === "RepoNotFound") return { kind: "unknown" };
  if (isPassing(httpStatus)) {
    const reason = describe(httpStatus, error, message);
    return { kind: "unreachable", reason };
  }
  return { kind: "unsupported" };
}

function readCrawlAnswer(
  status: number,
  { error, message }: Record<string, unknown>,
): CrawlAnswer {
  if (status >= 200 && status < 300) return { kind: "agreed" };
  const reason = describe(status, error, message);
  return { kind: isPassing(status) ? "unreachable" : "refused", reason };
}

/** 501 is no fault that goes by: the method is not there. */
function isPassing(status: number): boolean {
  return status === TOO_MANY_REQUESTS || (status >= 500 && status !== 501);
}

function describe(status: number, error: unknown, message: unknown): string {
  const words = [error, message].filter((word) => typeof word === "string");
  return [String(status), ...words].join(" ").slice(0, MAX_WORDS);
}

function readJson(body: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body));
    return typeof value === "object" && value !== null
      ? (value as Record<string, unknown>)
      : {};
  } catch {
    return {};
  }
}

function wordsOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.slice(0, MAX_WORDS);
}
