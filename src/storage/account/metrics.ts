import type { Database } from "bun:sqlite";

export type MetricPeriod = "hour" | "day";

export interface MetricRows {
  /** Joins values to those of their hour and day that are there. */
  join(
    values: readonly {
      name: string;
      kind: "sum" | "max" | "last";
      value: number;
    }[],
    nowMs: number,
  ): void;
  /** Oldest first. */
  list(options: {
    period: MetricPeriod;
    name: string;
    sinceMs: number;
  }): { atMs: number; value: number }[];
  prune(options: {
    period: MetricPeriod;
    beforeMs: number;
    limit: number;
  }): number;
}

const LENGTH_MS = { hour: 3_600_000, day: 86_400_000 } as const;

export function createMetricRows(db: Database): MetricRows {
  const upsert = (change: string) =>
    db.prepare(
      `INSERT INTO metric (period, name, at_ms, value)
       VALUES ($period, $name, $atMs, $value)
       ON CONFLICT DO UPDATE SET value = ${change}`,
    );
  const joins = {
    sum: upsert("value + excluded.value"),
    max: upsert("max(value, excluded.value)"),
    last: upsert("excluded.value"),
  };
  const list = db.prepare<
    { atMs: number; value: number },
    [{ period: string; name: string; sinceMs: number }]
  >(
    `SELECT at_ms AS atMs, value FROM metric
     WHERE period = $period AND name = $name AND at_ms >= $sinceMs ORDER BY at_ms`,
  );
  const prune = db.prepare(
    `DELETE FROM metric WHERE (period, name, at_ms) IN
       (SELECT period, name, at_ms FROM metric
        WHERE period = $period AND at_ms < $beforeMs LIMIT $limit)`,
  );
  const joinAll = db.transaction(
    (values: Parameters<MetricRows["join"]>[0], nowMs: number) => {
      for (const { name, kind, value } of values) {
        for (const period of ["hour", "day"] as const) {
          const atMs = nowMs - (nowMs % LENGTH_MS[period]);
          joins[kind].run({ period, name, atMs, value });
        }
      }
    },
  );
  return {
    join: (values, nowMs) => joinAll.immediate(values, nowMs),
    list: (options) => list.all(options),
    prune: (options) => prune.run(options).changes,
  };
}
