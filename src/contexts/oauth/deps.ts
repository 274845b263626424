import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/log.ts";
import type { SafeFetch } from "#lib/safe-fetch.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { Identity } from "#contexts/identity/identity.ts";
import type { Factors } from "#contexts/accounts/factors/factors.ts";
import type { Delegations } from "#contexts/accounts/delegations.ts";
import type { Lexicons } from "#contexts/lexicons/lexicons.ts";
import type { LexiconResolver } from "#contexts/lexicons/resolver.ts";
import type { SecurityEvents } from "#contexts/security/events.ts";
import type { Passwords } from "#contexts/security/passwords.ts";
import type { Random } from "#contexts/security/random.ts";
import type { Devices } from "./devices.ts";
import type { ResourceServerName } from "./introspection.ts";
import type { RemoteSignIn } from "./remote-sign-in.ts";
import type { SignIn } from "./sign-in.ts";

export interface OAuthContextDeps {
  /** Origin of the server, which is its name as an issuer. */
  publicUrl: string;
  /** Audience of the tokens. */
  serviceDid: string;
  db: AccountDb;
  /** 32 bytes that sign access tokens. */
  tokenKey: Uint8Array;
  passwords: Passwords;
  /** Services of the operator's that may ask what tokens are worth. */
  resourceServers: readonly ResourceServerName[];
  delegations: Pick<
    Delegations,
    "hasOthers" | "listFor" | "findPermissions" | "livesHere" | "noteElsewhere"
  >;
  events: Pick<SecurityEvents, "record" | "recordSignIn">;
  factors: Factors;
  lexicons: Pick<Lexicons, "find">;
  resolveLexicon: LexiconResolver["resolveLexicon"];
  /** Where people live who sign in at their own server. */
  identity: Pick<
    Identity,
    "resolveDid" | "resolveHandle" | "findVerifiedHandle"
  >;
  /** For documents of applications and other servers, which strangers name. */
  fetch: SafeFetch;
  /** What applications say of themselves is read anew each time, not every ten minutes. */
  isDevelopment?: boolean;
  clock: Clock;
  log: Logger;
  random?: Random;
}

export interface OAuthDeps extends OAuthContextDeps {
  devices: Devices;
  signIn: SignIn;
  /** Signs in who acts for an account of ours and lives on another server; loaded when it is first asked for. */
  delegateSignIn(): Promise<RemoteSignIn>;
}
