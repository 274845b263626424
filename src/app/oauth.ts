import type { Credentials } from "./credentials.ts";
import type { Storage } from "./storage.ts";
import type { PermissionSets } from "#contexts/lexicons/permission-sets.ts";
import { type Lexicons } from "#contexts/lexicons/lexicons.ts";
import { type LexiconResolver } from "#contexts/lexicons/resolver.ts";
import {
  createDelegations,
  type Delegations,
} from "#contexts/accounts/delegations.ts";
import type { Identity } from "#contexts/identity/identity.ts";
import { createOAuth, type OAuth } from "#contexts/oauth/oauth.ts";
import { type Clock } from "#lib/clock.ts";
import { type Logger } from "#lib/log.ts";
import { type SafeFetch } from "#lib/safe-fetch.ts";
import type { Config } from "#config.ts";

export function createOAuthContext(
  config: Config,
  { accountDb: db, keyStore }: Storage,
  deps: Credentials & {
    clock: Clock;
    log: Logger;
    lexicons: Lexicons;
    lexiconResolver: LexiconResolver;
    strangerFetch: SafeFetch;
    identity: Identity;
    delegations: Delegations;
  },
): OAuth {
  const { clock, log, lexicons, passwords, factors, events } = deps;
  return createOAuth({
    delegations: deps.delegations,
    resourceServers: config.resourceServers.map(({ name, secret }) => ({
      name,
      secret: secret.reveal(),
    })),
    ...{ db, clock, log, lexicons, passwords, factors, events },
    publicUrl: new URL(config.publicUrl).origin,
    serviceDid: config.serviceDid,
    tokenKey: keyStore.derive("oauth-access-tokens", 32),
    identity: deps.identity,
    resolveLexicon: deps.lexiconResolver.resolveLexicon,
    fetch: deps.strangerFetch,
    isDevelopment: config.devMode,
  });
}

/** Who may act for whom. */
export function createDelegationsOf(
  config: Config,
  { accountDb: db }: Storage,
  {
    identity,
    lexicons,
    permissionSets,
    events,
    clock,
  }: Credentials & {
    identity: Identity;
    lexicons: Lexicons;
    permissionSets: PermissionSets;
    clock: Clock;
  },
): Delegations {
  return createDelegations({
    ...{ db, lexicons, permissionSets, events, clock },
    resolveHandle: identity.resolveHandle,
    resolveDid: identity.resolveDid,
    publicUrl: config.publicUrl,
  });
}
