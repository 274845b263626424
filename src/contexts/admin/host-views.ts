import type { AccountDb } from "#storage/account/account-db.ts";
import type { FolderUsage } from "#storage/folder-usage.ts";
import type { UsageRow, UsageTotals } from "#storage/account/usage.ts";
import type { RelayView } from "#contexts/relays/relays.ts";
import type { Registration } from "#contexts/accounts/registration.ts";
import type { Measurements } from "./measurements.ts";

export interface StorageView extends FolderUsage {
  totals: UsageTotals;
  /** Bytes that blobs and repositories grew a day, lately; null before two days are known. */
  growthPerDay: number | null;
  /** At that growth; null when nothing grows or nothing is known. */
  daysToFull: number | null;
  largest: (UsageRow & { did: string; handle: string })[];
}

const DAY_MS = 86_400_000;
const LARGEST = 25;

/** What is stored and how long there is room, from counts that are kept. */
export function createStorageView(deps: {
  db: Pick<AccountDb, "usage">;
  space(): FolderUsage;
  measured: Pick<Measurements, "read">;
}): () => StorageView {
  return () => {
    const space = deps.space();
    const growthPerDay = growthOf(deps.measured);
    return {
      ...space,
      totals: deps.db.usage.totals(),
      growthPerDay,
      daysToFull:
        growthPerDay !== null && growthPerDay > 0
          ? Math.floor(space.freeBytes / growthPerDay)
          : null,
      largest: deps.db.usage.listLargest(LARGEST),
    };
  };
}

function growthOf(measured: Pick<Measurements, "read">): number | null {
  const [blobs, repos] = (["blobBytes", "repoBytes"] as const).map((name) =>
    measured.read(name, "month").filter(({ value }) => value !== null),
  );
  const points = blobs!.map(({ atMs, value }) => {
    const repo = repos!.find((other) => other.atMs === atMs);
    return { atMs, bytes: value! + (repo?.value ?? 0) };
  });
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return null;
  const days = (last.atMs - first.atMs) / DAY_MS;
  return days < 1 ? null : (last.bytes - first.bytes) / days;
}

export type LightState = "good" | "warn" | "bad";

/** One thing that may be wrong, in a few words. */
export interface Light {
  name: "storage" | "network" | "mail" | "jobs" | "registration" | "errors";
  state: LightState;
  /** Which sentence fits; the numbers go into it. */
  fact: string;
  values: Record<string, string | number>;
}

const FULL_SOON_DAYS = 14;
const LITTLE_SPACE = 0.05;

/** What the operator should know first. */
export function createLights(deps: {
  storage: () => StorageView;
  relays: () => RelayView[];
  isMailConfigured: boolean;
  db: Pick<AccountDb, "mails" | "jobs">;
  registration: Pick<Registration, "view">;
  measured: Pick<Measurements, "read">;
}): () => Light[] {
  const { db, measured } = deps;
  const light = (
    name: Light["name"],
    state: LightState,
    fact: string,
    values: Light["values"] = {},
  ): Light => ({ name, state, fact, values });

  function storageLight(): Light {
    const { freeBytes, totalBytes, daysToFull } = deps.storage();
    const values = { freeBytes, daysToFull: daysToFull ?? 0 };
    if (freeBytes < totalBytes * LITTLE_SPACE) {
      return light("storage", "bad", "full", values);
    }
    if (daysToFull !== null && daysToFull < FULL_SOON_DAYS) {
      return light("storage", "warn", "soon", values);
    }
    return light("storage", "good", "room", values);
  }

  function networkLight(): Light {
    const relays = deps.relays();
    if (relays.length === 0) return light("network", "warn", "none");
    const good = relays.filter(({ status }) => status === "active").length;
    const values = { good, all: relays.length };
    const state = good === relays.length ? "good" : good > 0 ? "warn" : "bad";
    return light("network", state, "relays", values);
  }

  function mailLight(): Light {
    if (!deps.isMailConfigured) return light("mail", "warn", "off");
    const failed = db.mails.countFailed();
    return failed > 0
      ? light("mail", "warn", "failed", { failed })
      : light("mail", "good", "fine", { waiting: db.mails.countWaiting() });
  }

  function jobsLight(): Light {
    const failed = db.jobs.countFailed();
    return failed > 0
      ? light("jobs", "warn", "failed", { failed })
      : light("jobs", "good", "fine", { pending: db.jobs.countPending() });
  }

  function registrationLight(): Light {
    const { policy, tripped } = deps.registration.view();
    if (tripped !== null) {
      return light("registration", "bad", "tripped", { count: tripped.count });
    }
    const state = policy === "open" ? "warn" : "good";
    return light("registration", state, policy);
  }

  function errorsLight(): Light {
    const sum = (name: "serverErrors" | "requests") =>
      measured
        .read(name, "hour")
        .reduce((all, { value }) => all + (value ?? 0), 0);
    const [errors, requests] = [sum("serverErrors"), sum("requests")];
    const share = requests === 0 ? 0 : errors / requests;
    const state = errors === 0 ? "good" : share > 0.05 ? "bad" : "warn";
    return light("errors", state, errors === 0 ? "none" : "some", {
      ...{ errors, requests },
    });
  }

  return () => [
    ...[storageLight(), networkLight(), mailLight(), jobsLight()],
    ...[registrationLight(), errorsLight()],
  ];
}
