import { BUCKETS_MS, type Histogram } from "#lib/metrics.ts";
import { VERSION } from "#lib/version.ts";
import type { AccountStatus } from "#storage/account/accounts.ts";
import type { Measurements, SeriesName } from "./measurements.ts";

/** What the text holds beside what is measured. */
export interface ScrapedState {
  seq: number;
  accounts: Record<AccountStatus, number>;
  subscribers: readonly { lagMs: number }[];
  relays: readonly { url: string; behindEvents: number | null }[];
  storageBytes: Record<string, number>;
}

interface Sample {
  labels?: Record<string, string>;
  value: number;
}

/**
 * The numbers of the server as Prometheus reads them. No label ever names an
 * account.
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function prometheusText(
  measured: Measurements,
  state: ScrapedState,
): string {
  const lines: string[] = [];
  const put = (
    name: string,
    type: "counter" | "gauge",
    help: string,
    samples: readonly Sample[],
  ) => {
    lines.push(
      `# HELP tempest_${name} ${help}`,
      `# TYPE tempest_${name} ${type}`,
    );
    for (const { labels = {}, value } of samples) {
      lines.push(`tempest_${name}${labelsOf(labels)} ${value}`);
    }
  };
  const total = (name: SeriesName) => [{ value: measured.total(name) }];
  const last = (name: SeriesName) => [
    { value: measured.read(name, "hour").at(-1)?.value ?? 0 },
  ];

  put("info", "gauge", "Version of the server.", [
    { labels: { version: VERSION }, value: 1 },
  ]);
  put(
    "http_requests_total",
    "counter",
    "Requests by method and class of status.",
    measured.methods().flatMap((method) => {
      const { name: nsid, requests, clientErrors, serverErrors } = method;
      const good = requests - clientErrors - serverErrors;
      return [
        { labels: { nsid, status: "ok" }, value: good },
        { labels: { nsid, status: "4xx" }, value: clientErrors },
        { labels: { nsid, status: "5xx" }, value: serverErrors },
      ];
    }),
  );
  putHistogram(
    lines,
    "http_request_duration_seconds",
    "Time to answer.",
    measured
      .methods()
      .map(({ name: nsid, all }) => ({ labels: { nsid }, all })),
  );
  put(
    "rate_limited_total",
    "counter",
    "Requests refused by a limit.",
    total("rateLimited"),
  );
  put(
    "repo_commits_total",
    "counter",
    "Commits that are durable.",
    total("commits"),
  );
  putHistogram(
    lines,
    "commit_duration_seconds",
    "Time until a commit was durable.",
    [{ labels: {}, all: measured.commitTimes }],
  );
  put("firehose_seq", "gauge", "Number of the newest event.", [
    { value: state.seq },
  ]);
  put("firehose_events_total", "counter", "Events by kind.", [
    ...(["commit", "identity", "account", "sync"] as const).map((kind) => ({
      labels: { kind },
      value: measured.total(`${kind}Events`),
    })),
  ]);
  put("firehose_subscribers", "gauge", "Open event streams.", [
    { value: state.subscribers.length },
  ]);
  put("firehose_subscriber_lag_seconds", "gauge", "Of the slowest reader.", [
    {
      value: Math.max(0, ...state.subscribers.map(({ lagMs }) => lagMs)) / 1000,
    },
  ]);
  put(
    "relay_behind_events",
    "gauge",
    "Events that a relay says it lacks.",
    state.relays
      .filter(({ behindEvents }) => behindEvents !== null)
      .map(({ url: relay, behindEvents: value }) => ({
        labels: { relay },
        value: value!,
      })),
  );
  put(
    "accounts",
    "gauge",
    "Accounts by status.",
    Object.entries(state.accounts).map(([status, value]) => ({
      labels: { status },
      value,
    })),
  );
  put(
    "storage_bytes",
    "gauge",
    "What is stored.",
    Object.entries(state.storageBytes).map(([kind, value]) => ({
      labels: { kind },
      value,
    })),
  );
  put("sign_ups_total", "counter", "Accounts made.", total("signUps"));
  put("blob_uploads_total", "counter", "Blobs taken.", total("blobUploads"));
  put(
    "blob_upload_bytes_total",
    "counter",
    "Their bytes.",
    total("blobUploadBytes"),
  );
  put("mail_total", "counter", "Letters by result.", [
    { labels: { result: "sent" }, value: measured.total("mailSent") },
    { labels: { result: "failed" }, value: measured.total("mailFailed") },
  ]);
  put("mail_waiting", "gauge", "Letters to send.", last("mailWaiting"));
  put("jobs_waiting", "gauge", "Jobs to do.", last("jobsWaiting"));
  put("event_loop_delay_seconds", "gauge", "Longest of the last minute.", [
    { value: (last("loopDelayMs")[0]!.value ?? 0) / 1000 },
  ]);
  lines.push(
    "# TYPE process_resident_memory_bytes gauge",
    `process_resident_memory_bytes ${process.memoryUsage.rss()}`,
    "# TYPE process_open_fds gauge",
    `process_open_fds ${last("openFiles")[0]!.value}`,
  );
  return `${lines.join("\n")}\n`;
}

function putHistogram(
  lines: string[],
  name: string,
  help: string,
  rows: readonly { labels: Record<string, string>; all: Histogram }[],
): void {
  lines.push(
    `# HELP tempest_${name} ${help}`,
    `# TYPE tempest_${name} histogram`,
  );
  for (const { labels, all } of rows) {
    let seen = 0;
    for (const [bucket, n] of all.counts.entries()) {
      seen += n;
      const ms = BUCKETS_MS[bucket];
      const le = ms === undefined ? "+Inf" : String(ms / 1000);
      lines.push(
        `tempest_${name}_bucket${labelsOf({ ...labels, le })} ${seen}`,
      );
    }
    lines.push(
      `tempest_${name}_sum${labelsOf(labels)} ${all.sumMs / 1000}`,
      `tempest_${name}_count${labelsOf(labels)} ${all.count}`,
    );
  }
}

function labelsOf(labels: Record<string, string>): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) =>
      `${name}="${value.replace(/[\\"]/g, "\\$&").replace(/\n/g, "\\n")}"`,
  );
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}
