import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startPeers } from "../peers/peer.ts";
import { ACCOUNTS } from "./sections/accounts.ts";
import { HTTP } from "./sections/http.ts";
import { READS } from "./sections/reads.ts";
import { RECORDS } from "./sections/records.ts";
import { STATES } from "./sections/states.ts";
import { TOKENS } from "./sections/tokens.ts";
import { ADMIN_PASSWORD, JWT_SECRET } from "./secrets.ts";
import { formatFinding, runSection, type Section } from "./row.ts";
import type { Side } from "./side.ts";
import { compareStreams } from "./stream.ts";

/**
 * Gives Tempest and the reference PDS the same calls, and tells in what their
 * answers and events differ beyond what is known:
 *
 *   bun run compare
 *   bun run compare --accept    writes down what differs now as known
 */
const { values: options } = parseArgs({
  options: { accept: { type: "boolean", default: false } },
});

const KNOWN = join(import.meta.dir, "known.txt");
const SECTIONS: readonly Section[] = [
  ACCOUNTS,
  TOKENS,
  RECORDS,
  READS,
  HTTP,
  STATES,
];

async function main(): Promise<number> {
  const peers = await startPeers({
    urls: [],
    suffix: ".test",
    withReference: true,
    env: {
      PDS_ADMIN_PASSWORD: ADMIN_PASSWORD,
      PDS_JWT_SECRET: JWT_SECRET,
      PDS_BLOB_UPLOAD_LIMIT: "100000",
    },
  });
  try {
    const sides = peers.list.map((peer): Side => ({
      peer,
      accounts: {},
      kept: {},
    })) as [Side, Side];
    const lines: string[] = [];
    let calls = 0;
    for (const section of SECTIONS) {
      const found = await runSection(section, sides);
      calls += section.rows.length;
      lines.push(...found.map(formatFinding));
    }
    const stream = await compareStreams(sides);
    lines.push(...stream.differences);
    console.log(`${calls} calls and ${stream.events} events compared`);
    return report(lines);
  } finally {
    await peers.stop();
  }
}

/** The exit code: 1 when something differs that is not known, or no longer does. */
function report(lines: readonly string[]): number {
  if (options.accept) {
    writeFileSync(KNOWN, lines.map((line) => `${line}\n`).join(""));
    console.log(`${lines.length} differences are known now`);
    return 0;
  }
  const text = existsSync(KNOWN) ? readFileSync(KNOWN, "utf8") : "";
  const known = text.split("\n").filter((line) => line !== "");
  const news = lines.filter((line) => !known.includes(line));
  const gone = known.filter((line) => !lines.includes(line));
  for (const line of news) console.log(`+ ${line}`);
  for (const line of gone) console.log(`- ${line}`);
  console.log(
    `${lines.length} differences, ${news.length} new, ${gone.length} gone`,
  );
  return news.length + gone.length === 0 ? 0 : 1;
}

process.exit(await main());
