import type { EdgeSettings, ServiceTarget } from "../settings.ts";

/**
 * Where calls go that this server doesn't answer itself, and which may not go
 * anywhere. NSIDs are compared in lower case, because a service on the other
 * side may not tell case apart.
 */

/** Methods on the account itself: signing a token for one would hand over the account. */
const PROTECTED = new Set(
  [
    "com.atproto.admin.sendEmail",
    "com.atproto.identity.requestPlcOperationSignature",
    "com.atproto.identity.signPlcOperation",
    "com.atproto.identity.updateHandle",
    "com.atproto.server.activateAccount",
    "com.atproto.server.confirmEmail",
    "com.atproto.server.createAppPassword",
    "com.atproto.server.deactivateAccount",
    "com.atproto.server.getAccountInviteCodes",
    "com.atproto.server.getSession",
    "com.atproto.server.listAppPasswords",
    "com.atproto.server.requestAccountDelete",
    "com.atproto.server.requestEmailConfirmation",
    "com.atproto.server.requestEmailUpdate",
    "com.atproto.server.revokeAppPassword",
    "com.atproto.server.updateEmail",
  ].map((nsid) => nsid.toLowerCase()),
);

export function isProtected(nsid: string): boolean {
  return PROTECTED.has(nsid.toLowerCase());
}

/** Methods that an app password reaches only when it was made privileged. */
export function isPrivileged(nsid: string): boolean {
  const lower = nsid.toLowerCase();
  return (
    lower.startsWith("chat.bsky.") ||
    lower === "com.atproto.server.createaccount"
  );
}

/** People whose account was taken down may still appeal. */
export function isOpenToTakendown(nsid: string): boolean {
  return nsid === "com.atproto.moderation.createReport";
}

export type DefaultRoute = ServiceTarget & { serviceId: string };

/** The service for calls that name none; null when none is configured. */
export function findDefaultRoute(
  nsid: string,
  settings: Pick<EdgeSettings, "appView" | "modService" | "reportService">,
): DefaultRoute | null {
  if (nsid === "com.atproto.moderation.createReport") {
    return withId(settings.reportService, "atproto_labeler");
  }
  if (nsid.startsWith("tools.ozone.")) {
    return withId(settings.modService, "atproto_labeler");
  }
  return withId(settings.appView, "bsky_appview");
}

/** The URL of a service that the operator configured, so that it need not be looked up. */
export function findConfiguredUrl(
  did: string,
  serviceId: string,
  settings: Pick<EdgeSettings, "appView" | "modService" | "reportService">,
): string | null {
  const { appView, modService, reportService } = settings;
  const known = [
    withId(appView, "bsky_appview"),
    withId(modService, "atproto_labeler"),
    withId(reportService, "atproto_labeler"),
  ];
  const match = known.find(
    (route) => route?.did === did && route.serviceId === serviceId,
  );
  return match?.url ?? null;
}

function withId(
  target: ServiceTarget | null,
  serviceId: string,
): DefaultRoute | null {
  return target === null
    ? null
    : { url: target.url, did: target.did, serviceId };
}
