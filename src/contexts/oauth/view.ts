import type { NamedClient } from "./client-name.ts";
import type { FactorKind } from "#contexts/accounts/factors/factor-check.ts";
import type { Did, Handle } from "#repo/syntax.ts";
import type { RemoteFault } from "./remote-sign-in.ts";

/** What the pages of sign-in show, and what becomes of a request: plain values, no protocol. */

/** One thing that an application asks for. `scope` is how it is ticked: all that it was written as. */
export type Asked = { scope: string } & AskedRight;

export type AskedRight =
  /** Everything but private messages, from before there were finer permissions. */
  | { kind: "generic" }
  | { kind: "chat" }
  /** `*` is any collection. */
  | { kind: "repo"; collections: string[]; actions: string[] }
  /** `*` is any method, or any service. */
  | { kind: "rpc"; methods: string[]; audience: string }
  | { kind: "blob"; accept: string[] }
  | { kind: "account"; attribute: string; action: "read" | "manage" }
  | { kind: "identity"; attribute: string }
  /** A set that somebody published; the title is the author's word. */
  | { kind: "set"; nsid: string; title: string | null; rights: AskedRight[] }
  | { kind: "other" };

/** The request that a page is about. */
export interface AskedRequest {
  clientId: string;
  requestUri: string;
  client: NamedClient;
  /** Those that the application thinks its user reads, the dearest first, separated by spaces; null where it says nothing. */
  languages: string | null;
  /** Where the browser goes in the end, for the policy of the page. */
  redirectUri: string;
}

export interface KnownAccount {
  did: Did;
  handle: Handle;
  /** Who acts for the account; none for its owner. */
  actor?: {
    did: Did;
    /** null for somebody from elsewhere whose handle leads nowhere. */
    handle: Handle | null;
    level: string;
  };
}

export interface ClientRedirect {
  uri: string;
  mode: "query" | "fragment" | "form_post";
  params: readonly (readonly [name: string, value: string])[];
}

/** Why somebody from another server could not act for an account. */
export type ElsewhereFault =
  | RemoteFault
  /** No account by that name. */
  | "unknown"
  /** It is on this server: they sign in with its password. */
  | "local"
  /** They may not act for the account that is asked for, nor for any. */
  | "nobody";

export type AuthorizationStep =
  | { step: "redirect"; redirect: ClientRedirect }
  | {
      step: "sign-in";
      request: AskedRequest;
      identifier: string;
      /** The application asked for this account; no other may be typed. */
      isFixed: boolean;
      /** There are accounts to go back to. */
      canChoose: boolean;
      /** For `navigator.credentials.get`; as JSON. */
      passkeyOptions: object;
      /** Somebody who may act for that account may sign in instead. */
      canActFor: boolean;
      /** There are some who live on other servers. */
      canComeFromElsewhere: boolean;
    }
  /** Somebody who acts for an account of ours is asked where they live. */
  | { step: "elsewhere"; request: AskedRequest }
  /** The application brings somebody who has no account yet. */
  | { step: "sign-up"; request: AskedRequest }
  | { step: "choose"; request: AskedRequest; accounts: KnownAccount[] }
  | {
      step: "consent";
      request: AskedRequest;
      account: KnownAccount;
      asked: Asked[];
      canChoose: boolean;
    };

/** The second step of a sign-in, after the right password. */
export interface FactorStep {
  /** Ways that the account has, best first. */
  offered: FactorKind[];
  chosen: FactorKind;
  /** For `navigator.credentials.get`, as JSON; null where no passkey is asked for. */
  passkeyOptions: object | null;
  /** What a recovery key is to sign; null where none is asked for. */
  sentence: string | null;
}

/** Why a sign-in did not happen, or what it waits for. */
export type SignInFault =
  | "wrong"
  | "app-password"
  | "passkey-wrong"
  | "deactivated"
  | "taken-down"
  | "other-account"
  | "factor-needed"
  | "code-wrong"
  | "busy"
  /** The browser did not send back the cookie that the page had set. */
  | "cookies";

export type SignInResult =
  | {
      isSignedIn: true;
      did: Did;
      /** All that the account asks for was shown; nothing was left out on trust. */
      isProved: boolean;
    }
  | { isSignedIn: false; fault: SignInFault; factor: FactorStep | null };
