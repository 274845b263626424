#!/usr/bin/env bun
import { createProcessTerminal } from "#cli/process-terminal.ts";
import { runCli } from "#cli/run.ts";

const terminal = createProcessTerminal();
const exitCode = await runCli(process.argv.slice(2), terminal);
process.exit(await terminal.finish(exitCode));
