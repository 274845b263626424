import type { Credentials } from "./credentials.ts";
import type { Storage } from "./storage.ts";
import { type Lexicons } from "#contexts/lexicons/lexicons.ts";
import { type LexiconResolver } from "#contexts/lexicons/resolver.ts";
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
  },
): OAuth {
  const { clock, log, lexicons, passwords, factors, events } = deps;
  return createOAuth({
    ...{ db, clock, log, lexicons, passwords, factors, events },
    publicUrl: new URL(config.publicUrl).origin,
    serviceDid: config.serviceDid,
    tokenKey: keyStore.derive("oauth-access-tokens", 32),
    resolveLexicon: deps.lexiconResolver.resolveLexicon,
    fetch: deps.strangerFetch,
  });
}
