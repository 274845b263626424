import { parseArgs } from "node:util";
import { systemClock } from "#lib/clock.ts";
import { createPlcDirectory } from "./directory.ts";

/**
 * The directory as a process of its own:
 *   bun src/dev/plc/main.ts --port 2582 --store plc.sqlite
 * Port 0, the default, takes a free one; without --store nothing is kept.
 */
const { values } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    hostname: { type: "string", default: "127.0.0.1" },
    store: { type: "string" },
  },
});

const directory = createPlcDirectory({
  clock: systemClock,
  ...(values.store === undefined ? {} : { storePath: values.store }),
});
const server = directory.start({
  port: Number(values.port),
  hostname: values.hostname,
});
console.log(`plc directory listening on ${server.url}`);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, async () => {
    await server.stop();
    directory.close();
    process.exit(0);
  });
}
