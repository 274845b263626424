import { AccessDeniedError } from "@atproto/oauth-provider/errors";
import type { Did } from "#repo/syntax.ts";
import type { OAuthDeviceRow } from "#storage/account/oauth-devices.ts";
import { findByIdentifier } from "#contexts/accounts/session-methods.ts";
import { narrowed } from "./asked.ts";
import type { ExplainRefusal } from "./client-examination.ts";
import { toErrorRedirect, toRedirect } from "./client-redirect.ts";
import type { OAuthDeps } from "./deps.ts";
import {
  type Device,
  hashOfVisit,
  originOf,
  type SignInTerm,
  type Visitor,
} from "./devices.ts";
import {
  type Choice,
  createSteps,
  hashOfRequest,
  type Page,
  type Seat,
} from "./next-step.ts";
import { nameOf } from "./client-name.ts";
import type { TempestProvider } from "./provider.ts";
import type { Guests } from "./guests.ts";
import { OAuthRefusal } from "./refusal.ts";
import type { Credentials } from "./sign-in.ts";
import { withController } from "./stores.ts";
import type {
  AuthorizationStep,
  ClientRedirect,
  FactorStep,
  KnownAccount,
  SignInFault,
} from "./view.ts";

/** Which request a page is about, by what its URL or form says. */
export interface RequestName {
  clientId: string;
  requestUri: string;
}

export interface Decision {
  account: string;
  isAllowed: boolean;
  /** What was left ticked, of what was asked. */
  scopes: string[];
}

export type SignInOutcome =
  /** `did` is null where there is a choice to make first. */
  | { device: Device; did: Did | null }
  | { fault: SignInFault; factor: FactorStep | null; next: AuthorizationStep };

/**
 * The way of a person from an application's request to its answer. A request
 * belongs to the browser that opened it first.
 */
export interface Authorizations {
  /**
   * What to show next.
   * @throws OAuthRefusal when there is nothing to go back to.
   */
  openRequest(
    name: RequestName,
    visitor: Visitor,
    choice: Choice,
  ): Promise<{ next: AuthorizationStep; device: Device }>;
  /**
   * Checks a password, a second factor or a passkey; with `isRemembered` the
   * browser knows the account from then on, with `isTrusted` it is asked for no
   * second factor for a while.
   * @throws OAuthRefusal when the browser keeps no cookies, or the request has ended.
   */
  signIn(
    name: RequestName,
    visitor: Visitor,
    given: Credentials & { isRemembered: boolean },
  ): Promise<SignInOutcome>;
  /**
   * Ends a request: with a code, or without. Never twice.
   * @throws OAuthRefusal
   */
  decide(
    name: RequestName,
    visitor: Visitor,
    decision: Decision,
  ): Promise<ClientRedirect>;
}

export function createAuthorizations(
  provider: TempestProvider,
  deps: OAuthDeps & { guests: Guests; explain: ExplainRefusal },
): Authorizations {
  const { db, delegations, devices, events, publicUrl: issuer } = deps;
  const steps = createSteps(deps);
  const give = createCodes(provider);

  async function open(
    { clientId, requestUri }: RequestName,
    deviceId: string,
    visitor: Visitor,
  ): Promise<Page | ClientRedirect> {
    try {
      const query = { client_id: clientId, request_uri: requestUri } as never;
      const result = await provider.authorize(query, {
        deviceId: deviceId as never,
        deviceMetadata: toMetadata(visitor),
      });
      if (!("redirect" in result)) return result;
      return toRedirect(issuer, result.parameters, result.redirect);
    } catch (error) {
      const told = await deps.explain(error, clientId);
      return toErrorRedirect(issuer, told, clientId);
    }
  }

  /** @throws OAuthRefusal */
  function deviceOf(visitor: Visitor): OAuthDeviceRow {
    const device = devices.find(visitor);
    if (device !== null) return device;
    throw new OAuthRefusal("cookies_missing", "The browser kept no cookie");
  }

  /** The only account that may sign in: the one asked for, or who may act for it. */
  function expectedOf(hinted: Did | null, identifier: string): Did | null {
    const typed = findByIdentifier(db, identifier)?.did ?? null;
    if (hinted === null || typed === null || typed === hinted) return hinted;
    const permissions = delegations.findPermissions(hinted, typed);
    return permissions === null ? hinted : typed;
  }

  return {
    async openRequest(name, visitor, choice) {
      const device = devices.open(visitor);
      const opened = await open(name, device.id, visitor);
      const next: AuthorizationStep =
        "uri" in opened
          ? { step: "redirect", redirect: opened }
          : steps.next(opened, seatOf(device.id, visitor), choice);
      return { next, device };
    },

    async signIn(name, visitor, { isRemembered, ...given }) {
      const device = deviceOf(visitor);
      const opened = await open(name, device.id, visitor);
      if ("uri" in opened) {
        throw new OAuthRefusal("request_ended", "The request has ended");
      }
      const hinted = steps.findHinted(opened.parameters)?.did ?? null;
      const expected = expectedOf(hinted, given.identifier);
      const tryKey = `${device.id} ${name.requestUri}`;
      const from = originOf(visitor, device.id);
      const place = { deviceId: device.id, tryKey, expected, from };
      const result = await deps.signIn(given, place);
      if (!result.isSignedIn) {
        const { fault, factor } = result;
        if (fault !== "factor-needed") {
          deps.log.info("oauth.sign_in_failed", { fault });
        }
        const asSomeoneElse = hinted === null || expected !== hinted;
        const choice = { account: null, asSomeoneElse, isRepeated: true };
        return {
          ...{ fault, factor },
          next: steps.next(opened, seatOf(device.id, visitor), choice),
        };
      }
      const { did, isProved } = result;
      const term = isRemembered
        ? { requestHash: null, visitHash: null }
        : termOf(visitor, name.requestUri);
      events.recordSignIn({
        ...{ did, clientId: name.clientId, from },
        detail: { way: "page" },
      });
      const signedIn = devices.signIn(device, { did, isProved, ...term });
      // Who may act for others says first for whom.
      const isOpen = hinted === null && delegations.listFor(did).length > 0;
      return { did: isOpen ? null : (hinted ?? did), device: signedIn };
    },

    async decide({ requestUri, clientId }, visitor, decision) {
      const device = deviceOf(visitor);
      const uri = requestUri as Page["requestUri"];
      const from = originOf(visitor, device.id);
      const record = (
        kind: "applicationAllowed" | "applicationRefused",
        { did, handle, actor }: KnownAccount,
        scopes: string[] = [],
      ) => {
        const detail = { scopes: scopes.join(" ") };
        const event = { kind, clientId, from };
        events.record({ ...event, did, actor: actor?.did ?? null, detail });
        if (actor === undefined || kind !== "applicationAllowed") return;
        events.record({
          ...{ ...event, did: actor.did, kind: "actedAsDelegate" },
          detail: { account: handle, application: nameOf(clientId) },
        });
      };
      try {
        const { parameters } = await provider.requestManager.get(
          uri,
          device.id as never,
          clientId,
        );
        const account = steps
          .listSignedIn(seatOf(device.id, visitor), requestUri, parameters)
          .find(({ did, isFresh }) => isFresh && did === decision.account);
        if (!decision.isAllowed || account === undefined) {
          await provider.requestManager.delete(uri);
          if (account !== undefined) record("applicationRefused", account);
          const reason = decision.isAllowed ? "Not signed in" : "Refused";
          throw new AccessDeniedError(parameters, reason);
        }
        const { actor } = account;
        const wanted = decision.scopes.join(" ");
        const scope = narrowed(wanted, steps.allowedTo(account));
        const scopes = scope === "" ? [] : scope.split(" ");
        if (actor !== undefined) {
          const bound = withController(parameters, actor.did);
          const parametersJson = JSON.stringify(bound);
          const idHash = hashOfRequest(requestUri);
          db.oauth.requests.update(idHash, { parametersJson });
        }
        const request = { uri, clientId, device, visitor };
        const code = await give(request, account, ["atproto", ...scopes]);
        record("applicationAllowed", account, scopes);
        return toRedirect(issuer, parameters, { code });
      } catch (error) {
        return toErrorRedirect(issuer, error, clientId);
      }
    },
  };
}

function seatOf(deviceId: string, visitor: Visitor): Seat {
  return { deviceId, visitHash: hashOfVisit(visitor) };
}

/** Somebody who is on a visit already stays until it ends; others for this request. */
function termOf(visitor: Visitor, requestUri: string): SignInTerm {
  const visitHash = hashOfVisit(visitor);
  const requestHash = visitHash === null ? hashOfRequest(requestUri) : null;
  return { requestHash, visitHash };
}

interface AllowedRequest {
  uri: Page["requestUri"];
  clientId: string;
  device: OAuthDeviceRow;
  visitor: Visitor;
}

function createCodes(provider: TempestProvider) {
  const { accountManager, clientManager, requestManager } = provider;

  /** A code for no more than was asked, and the memory of what was allowed. */
  return async (
    { uri, clientId, device, visitor }: AllowedRequest,
    { did, actor }: KnownAccount,
    scopes: string[],
  ) => {
    const client = await clientManager.getClient(clientId);
    const found = await accountManager.getAccount(did as never);
    const { account, authorizedClients } = found;
    const code = await requestManager.setAuthorized(
      uri,
      client,
      account,
      device.id as never,
      toMetadata(visitor),
      scopes.join(" "),
    );
    // What somebody allows for another is not that one's word for the next time.
    if (actor !== undefined) return code;
    const before = authorizedClients.get(client.id)?.authorizedScopes ?? [];
    await accountManager.setAuthorizedClient(account, client, {
      authorizedScopes: [...new Set([...before, ...scopes])],
    });
    return code;
  };
}

function toMetadata({ ipAddress, userAgent }: Visitor) {
  return { ipAddress, port: 0, ...(userAgent !== null && { userAgent }) };
}
