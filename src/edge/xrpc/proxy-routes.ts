import type { EdgeSettings, ServiceTarget } from "#edge/settings.ts";
import type { ServiceName } from "./proxy-header.ts";

/** Where calls go that this server doesn't answer itself. */

/** A service and where it is reached. */
export interface Service extends ServiceName {
  url: string;
}

export type ServiceSettings = Pick<
  EdgeSettings,
  "appView" | "modService" | "reportService" | "chatService" | "videoService"
>;

interface Route {
  setting: keyof ServiceSettings;
  serviceId: string;
  takes(nsid: string): boolean;
  /** Without the service its calls go to the AppView. */
  isSpare: boolean;
}

const APP_VIEW = "bsky_appview";

/** The services that an operator names, each with the methods that are its own; the first that takes a method counts. */
// prettier-ignore
const ROUTES: readonly Route[] = [
  { setting: "reportService", serviceId: "atproto_labeler", takes: (nsid) => nsid === "com.atproto.moderation.createReport", isSpare: false },
  { setting: "modService", serviceId: "atproto_labeler", takes: (nsid) => nsid.startsWith("tools.ozone."), isSpare: false },
  { setting: "chatService", serviceId: "bsky_chat", takes: (nsid) => nsid.startsWith("chat.bsky."), isSpare: true },
  { setting: "videoService", serviceId: "bsky_video", takes: (nsid) => nsid.startsWith("app.bsky.video."), isSpare: true },
  { setting: "appView", serviceId: APP_VIEW, takes: () => true, isSpare: false },
];
/** What an AppView does besides. */
const NOTIFICATIONS = "bsky_notif";

/** The service for calls that name none; null when none is configured. */
export function findDefaultRoute(
  nsid: string,
  settings: ServiceSettings,
): Service | null {
  const route = ROUTES.find(
    ({ takes, setting, isSpare }) =>
      takes(nsid) && !(isSpare && settings[setting] === null),
  )!;
  return toService(settings[route.setting], route.serviceId);
}

/** A service that the operator configured, so that it need not be looked up. */
export function findConfigured(
  { did, serviceId }: ServiceName,
  settings: ServiceSettings,
): Service | null {
  const known = ROUTES.map((route) =>
    toService(settings[route.setting], route.serviceId),
  );
  known.push(toService(settings.appView, NOTIFICATIONS));
  return (
    known.find(
      (service) => service?.did === did && service.serviceId === serviceId,
    ) ?? null
  );
}

function toService(
  target: ServiceTarget | null,
  serviceId: string,
): Service | null {
  return (
    target && { url: target.url, did: target.did as Service["did"], serviceId }
  );
}
