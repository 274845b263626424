import type { Did, Handle } from "#repo/syntax.ts";
import { statusOf } from "#storage/account/accounts.ts";
import { findByIdentifier } from "#contexts/accounts/session-methods.ts";
import type { Permissions } from "#contexts/security/caller.ts";
import { NOTHING } from "#contexts/security/permissions.ts";
import { describeScope, narrowed } from "./asked.ts";
import { describeClient } from "./client-name.ts";
import type { OAuthDeps } from "./deps.ts";
import type { Guests } from "./guests.ts";
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
  /** The sign-in did not work: it is shown again, whoever else is signed in. */
  isRepeated?: boolean;
  /** They live on another server, and act for an account of ours. */
  isFromElsewhere?: boolean;
}

export interface SignedIn extends KnownAccount {
  /** False when the password is to be asked again. */
  isFresh: boolean;
}

type Actor = Pick<SignedIn, "did" | "isFresh"> & { handle: Handle | null };

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
  /** What bounds the rights of who acts for an account; null for its owner. */
  allowedTo(account: KnownAccount): Permissions | null;
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
  delegations,
  guests,
}: Pick<OAuthDeps, "db" | "devices" | "clock" | "factors" | "delegations"> & {
  guests: Pick<Guests, "find">;
}): Steps {
  const findHinted: Steps["findHinted"] = ({ login_hint: hint }) =>
    hint === undefined ? null : findByIdentifier(db, hint);

  const listSignedIn: Steps["listSignedIn"] = (
    { deviceId, visitHash },
    requestUri,
    parameters,
  ) => {
    const isAnew = parameters.prompt === "login";
    const longestMs = isAnew ? FRESH_MS : REMEMBERED_MS;
    const hinted = findHinted(parameters);
    const guest = guests.find({ deviceId, requestUri, longestMs });
    const own = devices
      .listAccounts(deviceId, {
        requestHash: hashOfRequest(requestUri),
        visitHash,
      })
      .flatMap(({ did, authenticatedAtMs }): SignedIn[] => {
        const account = db.accounts.find(did);
        if (account === null || statusOf(account) !== "active") return [];
        const isFresh = authenticatedAtMs + longestMs > clock.nowMs();
        return [{ did, handle: account.handle, isFresh }];
      });
    // Who is signed in as the owner needs nobody to act for them.
    const seen = new Set(own.map(({ did }) => did));
    const actors = guest === null ? own : [{ ...guest, isFresh: true }, ...own];
    const acting = actors.flatMap(listActing).filter(({ did }) => {
      const isNew = !seen.has(did);
      seen.add(did);
      return isNew;
    });
    return [...own, ...acting].filter(
      ({ did }) => hinted === null || hinted.did === did,
    );
  };

  /** The accounts that somebody may act for. */
  function listActing({ did, handle, isFresh }: Actor): SignedIn[] {
    return delegations.listFor(did).map((grant) => ({
      did: grant.did,
      handle: grant.handle!,
      isFresh,
      actor: { did, handle, level: grant.level },
    }));
  }

  const allowedTo: Steps["allowedTo"] = ({ did, actor }) =>
    actor === undefined
      ? null
      : (delegations.findPermissions(did, actor.did) ?? NOTHING);

  return {
    findHinted,
    allowedTo,
    listSignedIn,
    next(page, seat, { account, asSomeoneElse, isRepeated, isFromElsewhere }) {
      const { parameters, requestUri } = page;
      const request = toAskedRequest(page);
      if (isFromElsewhere) return { step: "elsewhere", request };
      const hinted = findHinted(parameters);
      const accounts = listSignedIn(seat, requestUri, parameters);
      const isNew = account === null && !asSomeoneElse && isRepeated !== true;
      if (parameters.prompt === "create" && isNew) {
        return { step: "sign-up", request };
      }
      const wanted = (account ?? hinted?.did ?? null) as Did | null;
      const chosen = accounts.find(({ did }) => did === wanted) ?? null;
      const isStale = chosen !== null && !chosen.isFresh;
      const isAsked = asSomeoneElse || isRepeated === true || isStale;
      if (accounts.length === 0 || isAsked) {
        // Somebody who may act for the account signs in as themselves.
        const isOther = hinted !== null && asSomeoneElse;
        const known = isOther
          ? null
          : (hinted ?? (asSomeoneElse ? null : chosen));
        return {
          step: "sign-in",
          request,
          identifier: isOther
            ? ""
            : (known?.handle ?? parameters.login_hint ?? ""),
          isFixed: known !== null,
          canChoose: accounts.length > 0 && hinted === null,
          passkeyOptions: factors.passkeys.beginSignIn(seat.deviceId),
          canActFor: hinted !== null && !isOther,
          canComeFromElsewhere: known === null && delegations.hasOthers(),
        };
      }
      if (chosen === null) return { step: "choose", request, accounts };
      const { isFresh: _, ...known } = chosen;
      const sets = page.permissionSets as Sets;
      const scope = narrowed(parameters.scope ?? "", allowedTo(known));
      return {
        step: "consent",
        request,
        account: known,
        asked: describeScope(scope, sets),
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
  return {
    clientId: client.id,
    requestUri,
    client: describeClient(client.id),
    languages: parameters.ui_locales ?? null,
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
