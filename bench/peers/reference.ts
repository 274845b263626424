import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";

/**
 * The reference PDS as npm has it, under the Node.js that npm has, with the
 * SQLite binding that its own lock names. It lives in a folder of its own: none
 * of it is a dependency of ours.
 */
const FOLDER = join(import.meta.dir, "../../.tools/bench-peers");
const VERSIONS = {
  "@atproto/pds": "0.5.35",
  "better-sqlite3": "12.9.0",
  "node-gyp": "12.1.0",
};
const NODE_VERSION = "24.18.0";
const NODE_PACKAGE = `node-${process.platform}-${process.arch}`;
const BINDING = "node_modules/better-sqlite3/build/Release/better_sqlite3.node";
const MAIN = "reference.mjs";

const PROGRAM = `import { PDS, envToCfg, envToSecrets, readEnv } from "@atproto/pds";
const env = readEnv();
const pds = await PDS.create(envToCfg(env), envToSecrets(env));
await pds.start();
process.once("SIGTERM", async () => {
  await pds.destroy();
  process.exit(0);
});
`;

/** Installs it where that has not been done; resolves with the command that runs it. */
export async function installReference(): Promise<string[]> {
  const node = join(FOLDER, "node_modules", NODE_PACKAGE);
  mkdirSync(FOLDER, { recursive: true });
  await Bun.write(join(FOLDER, MAIN), PROGRAM);
  await Bun.write(
    join(FOLDER, "package.json"),
    JSON.stringify({
      name: "bench-peers",
      private: true,
      type: "module",
      dependencies: { ...VERSIONS, [NODE_PACKAGE]: NODE_VERSION },
      overrides: { "better-sqlite3": VERSIONS["better-sqlite3"] },
    }),
  );
  if (!existsSync(join(FOLDER, BINDING))) {
    await run(["bun", "install", "--ignore-scripts"], FOLDER);
    // Compiled here against this very Node.js: nothing is fetched but from npm.
    await run(
      [
        join(node, "bin/node"),
        "../node-gyp/bin/node-gyp.js",
        "rebuild",
        "--release",
        `--nodedir=${node}`,
      ],
      join(FOLDER, "node_modules/better-sqlite3"),
    );
  }
  return [join(node, "bin/node"), join(FOLDER, MAIN)];
}

/** Settings of the reference PDS, as it is shipped but for limits and invites. */
export function referenceEnv(options: {
  port: number;
  dataFolder: string;
  plcUrl: string;
}): Record<string, string> {
  const secret = () => Buffer.from(crypto.getRandomValues(new Uint8Array(32)));
  return {
    NODE_ENV: "production",
    LOG_ENABLED: "false",
    PDS_HOSTNAME: "localhost",
    PDS_PORT: String(options.port),
    PDS_DATA_DIRECTORY: options.dataFolder,
    PDS_BLOBSTORE_DISK_LOCATION: join(options.dataFolder, "blobs"),
    PDS_DID_PLC_URL: options.plcUrl,
    PDS_DEV_MODE: "true",
    PDS_INVITE_REQUIRED: "false",
    PDS_RATE_LIMITS_ENABLED: "false",
    PDS_ADMIN_PASSWORD: secret().toString("hex"),
    PDS_JWT_SECRET: secret().toString("hex"),
    PDS_DPOP_SECRET: secret().toString("hex"),
    PDS_PLC_ROTATION_KEY_K256_PRIVATE_KEY_HEX: secret().toString("hex"),
  };
}

async function run(command: string[], cwd: string): Promise<void> {
  const child = Bun.spawn(command, {
    cwd,
    stdout: "ignore",
    stderr: "inherit",
  });
  if ((await child.exited) !== 0) {
    throw new Error(`failed: ${command.join(" ")}`);
  }
}
