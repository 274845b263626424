import { Database, PlcServer } from "@did-plc/server";
import { createPlcDirectory } from "#dev/plc/directory.ts";
import { systemClock } from "#lib/clock.ts";

/** The directories that must behave alike, by name, with a function that starts one. */
export const directories = [
  ["ours", startOurs],
  ["@did-plc/server", startOfficial],
] as const;

async function startOurs() {
  const directory = createPlcDirectory({ clock: systemClock });
  const server = directory.start({ port: 0, hostname: "127.0.0.1" });
  return {
    url: server.url,
    async stop() {
      await server.stop();
      directory.close();
    },
  };
}

async function startOfficial() {
  const server = PlcServer.create({ db: Database.mock(), port: 0 });
  const { port } = (await server.start()).address() as { port: number };
  return { url: `http://127.0.0.1:${port}`, stop: () => server.destroy() };
}
