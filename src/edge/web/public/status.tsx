import { nameIn } from "#edge/web/text/catalogue.ts";
import type { HostChecks, HostStatistics } from "#contexts/admin/statistics.ts";
import type { RelayView } from "#contexts/relays/relays.ts";
import { Facts, Moment, State, Table } from "#edge/web/parts.tsx";
import { publicRoom, type PublicShown } from "./room.tsx";

type CheckName = Exclude<keyof HostChecks, "tornWriteCount">;

/** How the server is, as it sees itself and as relays see it. */
export function statusPage(
  shown: PublicShown,
  statistics: HostStatistics,
  relays: readonly RelayView[],
): Response {
  const { text } = shown;
  const words = text.public.status;
  const { checks } = statistics.health;
  const { lastIndexedAt } = statistics.metrics;
  const startedAtMs =
    Date.parse(statistics.generatedAt) - statistics.uptimeSeconds * 1000;
  return publicRoom(
    shown,
    {
      title: words.words[statistics.status],
      status: statistics.status === "unhealthy" ? 503 : 200,
    },
    <>
      <section class="card">
        <Facts
          rows={[
            ...(Object.keys(words.checks) as CheckName[]).map(
              (name) =>
                [
                  words.checks[name],
                  <State tone={checks[name] ? "good" : "bad"}>
                    {checks[name] ? words.yes : words.no}
                  </State>,
                ] as const,
            ),
            [
              words.behind,
              checks.tornWriteCount === 0 ? null : checks.tornWriteCount,
            ],
            [
              words.newest,
              lastIndexedAt === null ? null : (
                <Moment atMs={Date.parse(lastIndexedAt)} />
              ),
            ],
            [words.uptime, <Moment atMs={startedAtMs} />],
            [words.version, statistics.version],
          ]}
        />
      </section>
      {relays.length > 0 && (
        <section class="card">
          <Table
            text={text}
            caption={words.relays}
            columns={[
              { label: words.relay, cell: ({ url }) => new URL(url).host },
              {
                label: words.relayState,
                cell: ({ status }) =>
                  status === null
                    ? words.unknown
                    : nameIn(text.named.relays, status),
              },
            ]}
            rows={relays}
          />
        </section>
      )}
    </>,
  );
}
