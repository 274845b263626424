import type { Identity } from "#contexts/identity/identity.ts";
import { parseLexiconFiles } from "#contexts/lexicons/documents.ts";
import { createHostedLexicons } from "#contexts/lexicons/hosted.ts";
import { createLexicons, type Lexicons } from "#contexts/lexicons/lexicons.ts";
import {
  createPermissionSets,
  type PermissionSets,
} from "#contexts/lexicons/permission-sets.ts";
import {
  createLexiconResolver,
  type LexiconResolver,
} from "#contexts/lexicons/resolver.ts";
import { type Clock } from "#lib/clock.ts";
import { type Logger } from "#lib/log.ts";
import { type SafeFetch } from "#lib/safe-fetch.ts";
import type { Did } from "#repo/syntax.ts";
import { readJsonFiles } from "#storage/json-folder.ts";
import type { Storage } from "./storage.ts";
import type { Config } from "#config.ts";

/**
 * The lexicons: built in, in the operator's folders, and of the network.
 * @throws OperatorError when a folder holds what is no lexicon.
 */
export function createLexiconContexts(
  config: Config,
  { accountDb, stores }: Storage,
  deps: {
    identity: Identity;
    strangerFetch: SafeFetch;
    clock: Clock;
    log: Logger;
  },
): {
  lexicons: Lexicons;
  lexiconResolver: LexiconResolver;
  permissionSets: PermissionSets;
} {
  const { identity, clock, log } = deps;
  const lexiconResolver = createLexiconResolver({
    findDidInDns: identity.findDidInDns,
    resolveDid: (did) => identity.resolveDid(did),
    fetch: deps.strangerFetch,
    hosted: createHostedLexicons({ accountDb, stores }),
    authorityDid: config.lexiconAuthorityDid as Did | null,
  });
  const { lexiconResolution, lexiconPaths } = config;
  const documents = parseLexiconFiles(lexiconPaths.flatMap(readJsonFiles));
  const lexicons = createLexicons({
    documents,
    ...(lexiconResolution !== "off" && {
      resolution: {
        clock,
        log,
        isStrict: lexiconResolution === "strict",
        resolve: async (nsid) =>
          (await lexiconResolver.resolveLexicon({ nsid })).schema,
      },
    }),
  });
  const permissionSets = createPermissionSets({
    ...{ lexicons, clock, log },
    rows: accountDb.oauth.lexicons,
    resolveLexicon: lexiconResolver.resolveLexicon,
  });
  return { lexicons, lexiconResolver, permissionSets };
}
