import type { Level } from "#contexts/accounts/delegation-levels.ts";
import {
  delegationPage,
  grantPage,
  type GrantTyped,
} from "#edge/web/account/delegation.tsx";
import { NETWORK_LOOKUP } from "#edge/xrpc/limit-rules.ts";
import { attempt } from "#edge/web/refusal-words.ts";
import {
  doneAt,
  type OwnerHandler,
  ownerShown,
  takeForOwner,
} from "./owner.ts";

export const DELEGATION = "/account/delegation";

const NOTHING: GrantTyped = {
  delegate: "",
  level: "viewer",
  scopes: "",
  until: "",
};

export const showDelegation: OwnerHandler = async (deps, c, owner) => {
  const { delegations } = deps.contexts;
  return delegationPage(ownerShown(deps, c, owner), {
    granted: await delegations.list(owner.did),
    received: delegations.listFor(owner.did),
    nowMs: deps.clock.nowMs(),
  });
};

export const showGrant: OwnerHandler = (deps, c, owner) =>
  grantPage(ownerShown(deps, c, owner), { fault: null, typed: NOTHING });

export const grantDelegation: OwnerHandler = async (deps, c, owner) => {
  const form = await deps.pages.readOwnForm(c);
  takeForOwner(deps, c, owner, NETWORK_LOOKUP);
  const typed: GrantTyped = {
    delegate: (form.get("delegate") ?? "").trim(),
    level: form.get("level") ?? "",
    scopes: (form.get("scopes") ?? "").trim(),
    until: form.get("until") ?? "",
  };
  const shown = ownerShown(deps, c, owner);
  const outcome = await attempt(shown.text, () =>
    deps.contexts.delegations.grant(
      {
        delegate: typed.delegate,
        level: typed.level as Level,
        scopes: typed.scopes.split(/\s+/).filter(Boolean),
        expiresAtMs: endOfDay(typed.until),
      },
      owner.caller,
    ),
  );
  return "fault" in outcome
    ? grantPage(shown, { fault: outcome.fault, typed })
    : doneAt(DELEGATION, "delegate-granted");
};

/** Ends access, so it asks for no fresh sign-in: it has to be quick. */
export const revokeDelegation: OwnerHandler = async (deps, c, { caller }) => {
  const form = await deps.pages.readOwnForm(c);
  const delegateDid = form.get("delegate") ?? "";
  deps.contexts.delegations.revoke({ delegateDid }, caller);
  return doneAt(DELEGATION, "delegate-revoked");
};

export const renounceDelegation: OwnerHandler = async (deps, c, { caller }) => {
  const form = await deps.pages.readOwnForm(c);
  const did = form.get("account") ?? "";
  deps.contexts.delegations.renounce({ did }, caller);
  return doneAt(DELEGATION, "delegation-renounced");
};

/** The named day is the last, UTC. NaN, which no grant takes, for what is no day. */
function endOfDay(day: string): number | null {
  return day === "" ? null : Date.parse(`${day}T23:59:59Z`);
}
