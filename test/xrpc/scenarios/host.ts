import type { ScenarioTable } from "../scenario.ts";

/** Another host, asked about where only this one is known. */
const other = { hostname: "other.example.com" };

export const host: ScenarioTable = {
  "com.atproto.sync.getHostStatus": [
    {
      name: "tells of this host",
      call: ({ network }) => ({
        params: { hostname: new URL(network.url).host },
      }),
      async check({ body }, world) {
        const { host: hostname } = new URL(world.network.url);
        if (body.hostname !== hostname) throw new Error(body.hostname);
        if (!(body.seq > 1e15 && body.accountCount >= 5)) throw new Error();
      },
      body: { status: "active" },
    },
    {
      name: "takes the name in any case, and without its port",
      call: ({ network }) => ({
        params: { hostname: new URL(network.url).hostname.toUpperCase() },
      }),
    },
    {
      name: "knows no other host",
      call: { params: other },
      status: 400,
      error: "HostNotFound",
    },
  ],

  ...Object.fromEntries(
    ["requestCrawl", "notifyOfUpdate"].map((method) => [
      `com.atproto.sync.${method}`,
      [
        {
          name: "is for this host",
          call: ({ network }) => ({
            input: { hostname: new URL(network.url).host },
          }),
        },
        {
          name: "is for no other host",
          call: { input: other },
          status: 400,
          error: "InvalidRequest",
        },
      ],
    ]) satisfies [string, ScenarioTable[string]][],
  ),
};
