import { statusOf, type AccountStatus } from "#storage/account/accounts.ts";
import type { Storage } from "./storage.ts";
import { createIdentity, type Identity } from "#contexts/identity/identity.ts";
import { createPlcClient } from "#contexts/identity/plc.ts";
import { type Clock } from "#lib/clock.ts";
import { type Logger } from "#lib/log.ts";
import { createSafeFetch } from "#lib/safe-fetch.ts";
import type { Did } from "#repo/syntax.ts";
import type { Config } from "#config.ts";

/** Two kinds of requests to the world: to hosts that strangers name, and to services that the operator chose. */
export function createFetches(config: Config) {
  const allowLoopback = config.devMode;
  const strangerFetch = createSafeFetch({
    allowLoopback,
    allowAnyAddress: config.disableSsrfProtection,
    timeoutMs: config.idResolverTimeoutMs,
    maxBytes: config.fetchMaxResponseBytes,
    maxRedirects: 3,
  });
  const serviceFetch = createSafeFetch({
    allowLoopback,
    allowAnyAddress: config.disableSsrfProtection,
    timeoutMs: config.proxyHeadersTimeoutMs,
    maxBytes: config.proxyMaxResponseBytes,
    maxRedirects: 0,
  });
  return { strangerFetch, serviceFetch };
}

/** Accounts whose handle leads nowhere. */
const HIDDEN = new Set<AccountStatus>(["deleted", "suspended", "takendown"]);

export function createIdentityContext(
  config: Config,
  { accountDb }: Storage,
  deps: {
    clock: Clock;
    log: Logger;
    strangerFetch: ReturnType<typeof createSafeFetch>;
  },
): Identity {
  return createIdentity({
    clock: deps.clock,
    log: deps.log,
    fetch: deps.strangerFetch,
    config: {
      ...config,
      serviceDid: config.serviceDid as Did,
      timeoutMs: config.idResolverTimeoutMs,
      backupNameservers: config.handleBackupNameservers,
    },
    plc: createPlcClient({
      url: config.plcUrl,
      fetch,
    }),
    findLocalHandle(handle) {
      const row = accountDb.accounts.findByHandle(handle);
      // An account on its way here needs its name before it is active.
      const isShown = row !== null && !HIDDEN.has(statusOf(row));
      return isShown ? row.did : null;
    },
  });
}
