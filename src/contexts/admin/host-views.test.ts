import { expect, test } from "bun:test";
import { createLights, createStorageView } from "./host-views.ts";

const DAY_MS = 86_400_000;
const TOTALS = { blobs: 0, blobBytes: 0, repoBytes: 0, records: 0 };

function viewOf(blobBytes: (number | null)[], freeBytes: number) {
  return createStorageView({
    db: { usage: { totals: () => TOTALS, listLargest: () => [] } as never },
    space: () => ({
      ...{
        accountDbBytes: 1,
        sequencerDbBytes: 1,
        freeBytes,
        totalBytes: 1000,
      },
    }),
    measured: {
      read: (name) =>
        blobBytes.map((value, day) => ({
          atMs: day * DAY_MS,
          value: name === "blobBytes" ? value : 0,
        })),
    },
  })();
}

test("the forecast follows what grew, over gaps, and is silent without growth", () => {
  expect(viewOf([null, 100, null, 120, 130], 100)).toMatchObject({
    ...{ growthPerDay: 10, daysToFull: 10 },
  });
  expect(viewOf([100, 90], 100)).toMatchObject({ daysToFull: null });
  expect(viewOf([100], 100)).toMatchObject({ growthPerDay: null });
  expect(viewOf([], 100)).toMatchObject({ growthPerDay: null });
});

function lightsOf(given: {
  freeBytes?: number;
  days?: number | null;
  statuses?: string[];
  failed?: number;
  tripped?: boolean;
  errors?: number;
}) {
  const { freeBytes = 500, days = null, statuses = ["active"] } = given;
  const lights = createLights({
    storage: () => ({ freeBytes, totalBytes: 1000, daysToFull: days }) as never,
    relays: () => statuses.map((status) => ({ status })) as never,
    isMailConfigured: true,
    db: {
      mails: { countFailed: () => given.failed ?? 0, countWaiting: () => 0 },
      jobs: { countFailed: () => 0, countPending: () => 0 },
    } as never,
    registration: {
      view: () =>
        ({
          policy: "invite",
          tripped: given.tripped ? { count: 9, atMs: 1 } : null,
        }) as never,
    },
    measured: {
      read: (name) => [
        { atMs: 0, value: name === "requests" ? 100 : (given.errors ?? 0) },
      ],
    },
  })();
  return Object.fromEntries(
    lights.map(({ name, state, fact }) => [name, `${state} ${fact}`]),
  );
}

test("all is well when nothing is wrong", () => {
  expect(lightsOf({})).toEqual({
    ...{ storage: "good room", network: "good relays", mail: "good fine" },
    ...{ jobs: "good fine", registration: "good invite", errors: "good none" },
  });
});

test("each thing that is wrong shows, by how much it is", () => {
  expect(lightsOf({ freeBytes: 10 }).storage).toBe("bad full");
  expect(lightsOf({ days: 3 }).storage).toBe("warn soon");
  expect(lightsOf({ statuses: [] }).network).toBe("warn none");
  expect(lightsOf({ statuses: ["active", "idle"] }).network).toBe(
    "warn relays",
  );
  expect(lightsOf({ statuses: ["idle"] }).network).toBe("bad relays");
  expect(lightsOf({ failed: 2 }).mail).toBe("warn failed");
  expect(lightsOf({ tripped: true }).registration).toBe("bad tripped");
  expect(lightsOf({ errors: 1 }).errors).toBe("warn some");
  expect(lightsOf({ errors: 50 }).errors).toBe("bad some");
});
