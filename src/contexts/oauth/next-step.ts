import type { Did } from "#repo/syntax.ts";
import { statusOf } from "#storage/account/accounts.ts";
import { findByIdentifier } from "#contexts/accounts/session-methods.ts";
import { describeScope } from "./asked.ts";
import type { OAuthDeps } from "./deps.ts";
import { hashSecret } from "./hash.ts";
import type { TempestProvider } from "./provider.ts";
import type { AskedRequest, AuthorizationStep, KnownAccount } from "./view.ts";

/** A request that waits for a person. */
export type Page = Exclude<
  Awaited<ReturnType<TempestProvider["authorize"]>>,
  { redirect: unknown }
>;
type Parameters = Pick<Page["parameters"], "prompt" | "login_hint">;

/** What the person chose on the page before. */
export interface Choice {
  account: string | null;
  asSomeoneElse: boolean;
}

export interface SignedIn extends KnownAccount {
  /** False when the password is to be asked again. */
  isFresh: boolean;
}

/** A browser, and the visit that lasts until it is closed. */
export interface Seat {
  deviceId: string;
  visitHash: Uint8Array | null;
}

/** Decides which page comes next. */
export interface Steps {
  next(page: Page, seat: Seat, choice: Choice): AuthorizationStep;
  /** Who may answer the request in this browser. */
  listSignedIn(
    seat: Seat,
    requestUri: string,
    parameters: Parameters,
  ): SignedIn[];
  /** The account that the application asked for, if it is one of ours. */
  findHinted(parameters: Parameters): KnownAccount | null;
}

const URI_PREFIX = "urn:ietf:params:oauth:request_uri:";
const REMEMBERED_MS = 7 * 24 * 3_600_000;
/** How fresh a sign-in must be where the application asks for one. */
const FRESH_MS = 5 * 60_000;

export function createSteps({
  db,
  devices,
  clock,
  factors,
}: Pick<OAuthDeps, "db" | "devices" | "clock" | "factors">): Steps {
  const findHinted: Steps["findHinted"] = ({ login_hint: hint }) =>
    hint === undefined ? null : findByIdentifier(db, hint);

  const listSignedIn: Steps["listSignedIn"] = (
    { deviceId, visitHash },
    requestUri,
    parameters,
  ) => {
    const longestMs = parameters.prompt === "login" ? FRESH_MS : REMEMBERED_MS;
    const hinted = findHinted(parameters);
    return devices
      .listAccounts(deviceId, {
        requestHash: hashOfRequest(requestUri),
        visitHash,
      })
      .flatMap(({ did, authenticatedAtMs }) => {
        const account = db.accounts.find(did);
        const isAsked = hinted === null || hinted.did === did;
        if (account === null || statusOf(account) !== "active") return [];
        const isFresh = authenticatedAtMs + longestMs > clock.nowMs();
        return isAsked ? [{ did, handle: account.handle, isFresh }] : [];
      });
  };

  return {
    findHinted,
    listSignedIn,
    next(page, seat, { account, asSomeoneElse }) {
      const { parameters, requestUri } = page;
      const request = toAskedRequest(page);
      const hinted = findHinted(parameters);
      const accounts = listSignedIn(seat, requestUri, parameters);
      const wanted = (account ?? hinted?.did ?? null) as Did | null;
      const chosen = accounts.find(({ did }) => did === wanted) ?? null;
      const isStale = chosen !== null && !chosen.isFresh;
      if (accounts.length === 0 || asSomeoneElse || isStale) {
        const known = hinted ?? (asSomeoneElse ? null : chosen);
        return {
          step: "sign-in",
          request,
          identifier: known?.handle ?? parameters.login_hint ?? "",
          isFixed: known !== null,
          canChoose: accounts.length > 0 && hinted === null,
          passkeyOptions: factors.passkeys.beginSignIn(seat.deviceId),
        };
      }
      if (chosen === null) return { step: "choose", request, accounts };
      const { did, handle } = chosen;
      const sets = page.permissionSets as Sets;
      return {
        step: "consent",
        request,
        account: { did, handle },
        asked: describeScope(parameters.scope ?? "", sets),
        canChoose: hinted === null,
      };
    },
  };
}

type Sets = globalThis.Parameters<typeof describeScope>[1];

function toAskedRequest({
  client,
  parameters,
  requestUri,
}: Page): AskedRequest {
  const url = URL.parse(client.id);
  const isLocal = url === null || url.hostname === "localhost";
  return {
    clientId: client.id,
    requestUri,
    client: { id: client.id, host: isLocal ? null : url.hostname },
    redirectUri: parameters.redirect_uri!,
  };
}

/** The form in which the request is stored. */
export function hashOfRequest(requestUri: string): Uint8Array {
  const id = requestUri.slice(URI_PREFIX.length);
  try {
    return hashSecret(decodeURIComponent(id));
  } catch {
    return hashSecret(id);
  }
}
