import type { EdgeSettings, ServiceTarget } from "#edge/settings.ts";

/** Where calls go that this server doesn't answer itself. */

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
