import type { Storage } from "./storage.ts";
import { createSigningKeys } from "#contexts/accounts/signing-keys.ts";
import { type Queue } from "#contexts/queue/queue.ts";
import { createAnnouncePace } from "#contexts/relays/announce-pace.ts";
import { createAnnouncer } from "#contexts/relays/announce.ts";
import { createRelays } from "#contexts/relays/relays.ts";
import { createSequencer } from "#contexts/sequencer/sequencer.ts";
import { type Sync } from "#contexts/sync/sync.ts";
import { type Clock } from "#lib/clock.ts";
import { type Logger } from "#lib/log.ts";
import { type KeyedMutex } from "#lib/mutex.ts";
import { type SafeFetch } from "#lib/safe-fetch.ts";
import { sleep } from "#lib/sleep.ts";
import { type TidClock } from "#repo/tid.ts";
import type { Config } from "#config.ts";

/** What makes this host known to relays, and keeps it so. */
export function createRelaysContext(
  config: Config,
  { accountDb: db, eventLog, stores }: Storage,
  deps: {
    queue: Queue;
    sequencer: ReturnType<typeof createSequencer>;
    sync: Sync;
    locks: KeyedMutex;
    keys: ReturnType<typeof createSigningKeys>;
    tids: TidClock;
    fetch: SafeFetch;
    clock: Clock;
    log: Logger;
  },
) {
  const { sequencer, sync, tids, clock } = deps;
  const pace = createAnnouncePace({ db, clock });
  const announcer = createAnnouncer({
    ...deps,
    ...{ db, eventLog, sleep },
    pace,
    announcing: { stores, sequencer, tids, clock },
    drainOutbox: sequencer.drainOutbox,
  });
  const relays = createRelays({
    ...deps,
    db,
    urls: config.crawlers,
    hostname: new URL(config.publicUrl).host,
    listSubscribers: sync.subscribers.list,
    announceAccounts: announcer.announceAccounts,
  });
  sequencer.listen(() => relays.notifyActivity());
  return { relays, announcer, pace };
}
