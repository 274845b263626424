#!/usr/bin/env bun
import { runCli } from "#cli/run.ts";

const exitCode = await runCli(process.argv.slice(2));
// An exit drops what a pipe has not taken yet.
process.stdout.write("", () => process.exit(exitCode));
