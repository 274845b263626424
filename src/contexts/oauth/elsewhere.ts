import { isDid, isHandle, normalizeHandle, type Did } from "#repo/syntax.ts";
import { findByIdentifier } from "#contexts/accounts/session-methods.ts";
import type { Authorizations, RequestName } from "./authorization.ts";
import { ANSWER_AWAITED_MS } from "./client-description.ts";
import type { OAuthDeps } from "./deps.ts";
import type { Device, Visitor } from "./devices.ts";
import type { Guests } from "./guests.ts";
import { hashOfRequest } from "./next-step.ts";
import { OAuthRefusal } from "./refusal.ts";
import type { AuthorizationStep, ElsewhereFault } from "./view.ts";

/** What did not work, and the page on which it is told. */
export interface NotFromElsewhere {
  fault: ElsewhereFault;
  next: AuthorizationStep;
}

/**
 * Somebody who acts for an account of ours and lives on another server shows
 * there who they are; then the request of the application goes on here. Nobody
 * learns who may act for whom without having shown it: whoever is named is led
 * to their server first.
 */
export interface Elsewhere {
  /**
   * The page of their own server to send the browser to.
   * @param identifier DID or handle
   * @throws OAuthRefusal when the browser keeps no cookies, or the request has ended.
   */
  leaveForHome(
    name: RequestName,
    visitor: Visitor,
    identifier: string,
  ): Promise<{ url: URL } | NotFromElsewhere>;
  /**
   * Takes the answer of their server.
   * @returns the request to go on with; `account` is the one that it asks for, null for any.
   * @throws OAuthRefusal when nothing was begun in this browser, or it is over.
   */
  comeBackFromHome(
    answer: URLSearchParams,
    visitor: Visitor,
  ): Promise<
    | { name: RequestName; account: Did | null; device: Device }
    | NotFromElsewhere
  >;
}

const ASKED = { account: null, asSomeoneElse: true, isFromElsewhere: true };

export function createElsewhere(
  { openRequest }: Pick<Authorizations, "openRequest">,
  deps: OAuthDeps & { guests: Guests },
): Elsewhere {
  const { db, clock, delegations, devices, identity, log } = deps;

  async function findDid(identifier: string): Promise<Did | null> {
    const text = identifier.trim().replace(/^@/, "");
    if (isDid(text)) return text;
    if (!isHandle(text)) return null;
    return identity.resolveHandle(normalizeHandle(text)).catch(() => null);
  }

  function parametersOf({ requestUri }: RequestName): Asked {
    const row = db.oauth.requests.find(hashOfRequest(requestUri));
    return JSON.parse(row?.parametersJson ?? "{}") as Asked;
  }

  function findHinted(name: RequestName): Did | null {
    const { login_hint: hint } = parametersOf(name);
    return hint === undefined
      ? null
      : (findByIdentifier(db, hint)?.did ?? null);
  }

  function mayAct(did: Did, account: Did | null): boolean {
    return account === null
      ? delegations.listFor(did).length > 0
      : delegations.findPermissions(account, did) !== null;
  }

  return {
    async leaveForHome(name, visitor, identifier) {
      const device = devices.find(visitor);
      if (device === null) throw new OAuthRefusal("cookies_missing", "");
      const { next } = await openRequest(name, visitor, ASKED);
      const refuse = (fault: ElsewhereFault) => ({ fault, next });
      // Over meanwhile: the page says so to the application.
      if (next.step !== "elsewhere") return refuse("stale");
      const did = await findDid(identifier);
      if (did === null) return refuse("unknown");
      if (await delegations.livesHere(did, { refresh: true })) {
        return refuse("local");
      }
      const expiresAtMs = clock.nowMs() + ANSWER_AWAITED_MS;
      db.oauth.requests.update(hashOfRequest(name.requestUri), { expiresAtMs });
      const remote = await deps.delegateSignIn();
      const begun = await remote.begin({
        ...{ did, deviceId: device.id, to: JSON.stringify(name) },
        isAnew: parametersOf(name).prompt === "login",
      });
      return "fault" in begun ? refuse(begun.fault) : begun;
    },

    async comeBackFromHome(answer, visitor) {
      const device = devices.find(visitor);
      const remote = await deps.delegateSignIn();
      const found = await remote.finish(answer, device?.id ?? null);
      if (device === null || found.to === "") {
        throw new OAuthRefusal("not_begun", "");
      }
      const name = JSON.parse(found.to) as RequestName;
      const refuse = async (fault: ElsewhereFault) => {
        const { next } = await openRequest(name, visitor, ASKED);
        return { fault, next };
      };
      if ("fault" in found) return refuse(found.fault);
      const { did } = found;
      delegations.noteElsewhere(did);
      const account = findHinted(name);
      if (!mayAct(did, account)) {
        log.info("oauth.no_delegate", { did, account });
        return refuse("nobody");
      }
      const document = await identity.resolveDid(did);
      const handle = await identity.findVerifiedHandle(document);
      const seat = { deviceId: device.id, requestUri: name.requestUri };
      deps.guests.seat(seat, { did, handle });
      return { name, account, device: devices.renew(device) };
    },
  };
}

interface Asked {
  login_hint?: string;
  prompt?: string;
}
