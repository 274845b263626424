import { existsSync } from "node:fs";
import { join } from "node:path";

/** Where tools that are not packages of bun.lock are put. */
export const TOOLS_FOLDER = join(import.meta.dir, "..", ".tools");

type Plan = { reason: string } | { commands: readonly (readonly string[])[] };

/** A program that some tests need. */
export interface Tool {
  name: string;
  /** Names under which it may lie on the PATH; in our own folder it has its `name`. */
  programs: readonly string[];
  /** Where it lies in our own folder, when it is not a program in `bin`. */
  path?: string;
  /** Made out of this checkout, so it is made again each time. */
  isOurs?: boolean;
  /** Only the long tests need it. */
  isLong?: boolean;
  /** Why it cannot be installed here, or the commands that do. */
  plan(): Plan;
  env?: Readonly<Record<string, string>>;
}

const INDIGO = "v0.0.0-20260605210604-af2fec94f34c";
const HURL = "8.0.1";
const PYTHON_CLIENT = "0.0.73";
const isRoot = () => process.getuid?.() === 0;
const bin = (name: string) => join(TOOLS_FOLDER, "bin", name);

export const TOOLS: readonly Tool[] = [
  {
    name: "chromium",
    programs: ["chromium", "chromium-browser", "google-chrome"],
    plan: () => {
      if (!Bun.which("apt-get")) return { reason: "there is no apt-get" };
      if (!isRoot()) return { reason: "only root may install Chromium" };
      return {
        commands: [["apt-get", "update", "-q"], aptInstall(["chromium"])],
      };
    },
    env: { DEBIAN_FRONTEND: "noninteractive" },
  },
  {
    name: "tap",
    // Another program of this name may be on the PATH.
    programs: [],
    plan: () => goInstall(`github.com/bluesky-social/indigo/cmd/tap@${INDIGO}`),
    env: { GOBIN: join(TOOLS_FOLDER, "bin"), CGO_ENABLED: "1" },
  },
  {
    name: "relaycheck",
    programs: [],
    isOurs: true,
    plan: () => goBuild("test/followers/relaycheck", "relaycheck"),
  },
  {
    name: "disk-tap",
    programs: [],
    isOurs: true,
    plan: planDiskTap,
    env: { DEBIAN_FRONTEND: "noninteractive" },
  },
  {
    name: "python-client",
    programs: [],
    path: "python/atproto",
    plan: planPythonClient,
  },
  {
    name: "hurl",
    programs: ["hurl"],
    isLong: true,
    plan: planHurl,
    env: { DEBIAN_FRONTEND: "noninteractive" },
  },
];

/** The package of another community, in a folder of its own. */
function planPythonClient(): Plan {
  const python = Bun.which("python3");
  if (!python) return { reason: "there is no Python" };
  const install = [python, "-m", "pip", "install", "--quiet"];
  const target = ["--target", join(TOOLS_FOLDER, "python")];
  return { commands: [[...install, ...target, `atproto==${PYTHON_CLIENT}`]] };
}

/** Sees and stops calls of a program by means of Linux. */
function planDiskTap(): Plan {
  if (process.platform !== "linux") return { reason: "this is not Linux" };
  const hasCompiler = Bun.which("cc") !== null;
  const mayInstall = isRoot() && Bun.which("apt-get") !== null;
  if (!hasCompiler && !mayInstall) return { reason: "there is no C compiler" };
  const source = "test/faults/disk-tap.c";
  const warnings = ["-O2", "-Wall", "-Wextra", "-Werror"];
  return {
    commands: [
      ...(hasCompiler ? [] : [aptInstall(["gcc", "libc6-dev"])]),
      ["mkdir", "-p", join(TOOLS_FOLDER, "bin")],
      ["cc", ...warnings, "-o", bin("disk-tap"), source],
    ],
  };
}

/** hurl is a Rust program that binds two C libraries. */
function planHurl(): Plan {
  const cargo = Bun.which("cargo");
  if (!cargo) return { reason: "there is no cargo" };
  const libraries = ["libxml2-dev", "libcurl4-openssl-dev", "libclang-dev"];
  const build = ["install", "hurl", "--version", HURL, "--locked"];
  return {
    commands: [
      ...(isRoot() && Bun.which("apt-get") ? [aptInstall(libraries)] : []),
      [cargo, ...build, "--root", TOOLS_FOLDER],
    ],
  };
}

function aptInstall(packages: readonly string[]): string[] {
  const flags = ["-y", "--no-install-recommends"];
  return ["apt-get", "install", ...flags, ...packages];
}

function goInstall(module: string): Plan {
  const go = Bun.which("go");
  if (!go) return { reason: "there is no Go" };
  return { commands: [[go, "install", module]] };
}

function goBuild(folder: string, name: string): Plan {
  const go = Bun.which("go");
  if (!go) return { reason: "there is no Go" };
  return { commands: [[go, "build", "-C", folder, "-o", bin(name), "."]] };
}

/** Path of a tool's program, or null. */
export function findTool(name: string): string | null {
  const tool = TOOLS.find((row) => row.name === name);
  const own = tool?.path ? join(TOOLS_FOLDER, tool.path) : bin(name);
  if (existsSync(own)) return own;
  for (const program of tool?.programs ?? []) {
    const found = Bun.which(program);
    if (found) return found;
  }
  return null;
}

/** Installs what is missing and can be; resolves with a sentence for each that is not there. */
export async function installTools(options: {
  isLong: boolean;
  say: (line: string) => void;
}): Promise<string[]> {
  const { isLong, say } = options;
  const missing: string[] = [];
  for (const tool of TOOLS) {
    if (tool.isLong && !isLong) continue;
    if (!tool.isOurs && findTool(tool.name)) continue;
    const plan = tool.plan();
    if ("reason" in plan) {
      missing.push(`${tool.name}: ${plan.reason}`);
      continue;
    }
    say(`${tool.isOurs ? "Making" : "Installing"} ${tool.name}…`);
    const problem = await runAll(plan.commands, tool.env);
    if (problem) missing.push(`${tool.name}: ${problem}`);
  }
  return missing;
}

async function runAll(
  commands: readonly (readonly string[])[],
  env: Readonly<Record<string, string>> = {},
): Promise<string | null> {
  for (const command of commands) {
    const child = Bun.spawn([...command], {
      cwd: join(TOOLS_FOLDER, ".."),
      env: { ...process.env, ...env },
      stdin: "ignore",
      stdout: "ignore",
      stderr: "pipe",
    });
    const stderr = await new Response(child.stderr).text();
    if ((await child.exited) !== 0) {
      return `\`${command.join(" ")}\` failed: ${stderr.trim().split("\n").at(-1)}`;
    }
  }
  return null;
}
