import type { Storage } from "./storage.ts";
import { type AppView, createAppView } from "#contexts/appview/appview.ts";
import { type Lexicons } from "#contexts/lexicons/lexicons.ts";
import { type Clock } from "#lib/clock.ts";
import type { Config } from "#config.ts";

export function createAppViewContext(
  config: Config,
  { accountDb, stores }: Storage,
  deps: { clock: Clock; lexicons: Lexicons },
): AppView {
  return createAppView({
    ...deps,
    accountDb,
    stores,
    cdnUrlPattern: config.appView?.cdnUrlPattern ?? null,
    videoUrl: config.videoService?.url ?? null,
    publicUrl: config.publicUrl,
  });
}
