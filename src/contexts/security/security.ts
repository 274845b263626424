import { XrpcError } from "#lib/errors.ts";
import type { Did } from "#repo/syntax.ts";
import {
  createAdminCheck,
  type AdminCheck,
  type AdminCheckDeps,
} from "./admin.ts";
import type { Caller } from "./caller.ts";
import { verifyServiceAuth, type VerifyOptions } from "./service-auth.ts";
import { createUsedTokens } from "./used-tokens.ts";

export interface SecurityDeps extends AdminCheckDeps {
  serviceDid: string;
  /** DID of the moderation service that may act here; null when there is none. */
  modServiceDid: string | null;
  resolveKey: VerifyOptions["resolveKey"];
}

/** Proof of who calls, for calls that carry no session. */
export interface Security extends AdminCheck {
  /**
   * Who a token of another service stands for. A token counts as used once
   * `spend` is called, which is for calls that succeeded; one for uploadBlob
   * stays valid until it expires, because clients send many blobs with it.
   * @throws XrpcError BadJwt and the other names of service tokens (401)
   */
  verifyServiceAuth(
    token: string,
    expected: { lxm: string },
  ): Promise<VerifiedToken>;
  /**
   * The same for tokens of the moderation service, which may sign with its
   * labeler's key too. Nobody else's are believed.
   * @throws XrpcError UntrustedIss and the other names of service tokens (401)
   */
  verifyModerator(
    token: string,
    expected: { lxm: string },
  ): Promise<VerifiedToken>;
}

export interface VerifiedToken {
  caller: Caller;
  spend(): void;
}

/** Services of this host that an audience may name. */
const SERVICE_ID = "#atproto_pds";
/** Keys of a moderation service that speak for it. */
const MODERATOR_KEY_IDS = ["atproto", "atproto_label"];
const REUSABLE_METHODS = new Set(["com.atproto.repo.uploadBlob"]);
/** How long a forced look at a DID document serves for all bad tokens of that DID. */
const REFRESH_PAUSE_MS = 10_000;
const MOST_PAUSES = 10_000;

export function createSecurity(deps: SecurityDeps): Security {
  const { serviceDid, clock } = deps;
  const used = createUsedTokens(clock);
  const resolveKey = withRefreshPause(deps);

  async function verify(
    token: string,
    lxm: string,
    trust: Pick<VerifyOptions, "issuers" | "keyIds">,
  ): Promise<VerifiedToken> {
    const claims = await verifyServiceAuth(token, {
      audiences: [serviceDid, serviceDid + SERVICE_ID],
      lxm,
      resolveKey,
      clock,
      ...trust,
    });
    const isOnce = !REUSABLE_METHODS.has(lxm);
    if (isOnce && used.isUsed(claims)) {
      throw new XrpcError("BadJwt", "JWT was used already");
    }
    const { iss: did, aud } = claims;
    return {
      caller: { kind: "service", did, aud, lxm: claims.lxm },
      spend() {
        if (isOnce) used.add(claims);
      },
    };
  }

  return {
    ...createAdminCheck(deps),
    verifyServiceAuth: (token, { lxm }) => verify(token, lxm, {}),
    verifyModerator: (token, { lxm }) =>
      verify(token, lxm, {
        issuers: deps.modServiceDid === null ? [] : [deps.modServiceDid as Did],
        keyIds: MODERATOR_KEY_IDS,
      }),
  };
}

/** Anybody can make us fetch a DID document by sending a bad token; not too often. */
function withRefreshPause({
  resolveKey,
  clock,
}: SecurityDeps): VerifyOptions["resolveKey"] {
  const pausedUntilMs = new Map<Did, number>();
  return (did, { keyId, refresh }) => {
    const nowMs = clock.nowMs();
    const mayRefresh = (pausedUntilMs.get(did) ?? 0) <= nowMs;
    if (refresh && mayRefresh) {
      pausedUntilMs.delete(did);
      pausedUntilMs.set(did, nowMs + REFRESH_PAUSE_MS);
      const oldest = pausedUntilMs.keys().next();
      if (pausedUntilMs.size > MOST_PAUSES) pausedUntilMs.delete(oldest.value!);
    }
    return resolveKey(did, { keyId, refresh: refresh && mayRefresh });
  };
}
