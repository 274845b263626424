import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Installs the packages of bun.lock, unless that was done already. It imports
 * no package, since there is none yet.
 */
const ROOT = join(import.meta.dir, "..");
const MARK = join(ROOT, "node_modules", ".installed");

/** Changes whenever an install may bring something new. */
function wanted(): string {
  const hasher = new Bun.CryptoHasher("sha256");
  for (const name of ["package.json", "bun.lock"]) {
    hasher.update(readFileSync(join(ROOT, name)));
  }
  return hasher.digest("hex");
}

export function installPackages(): void {
  const mark = wanted();
  if (existsSync(MARK) && readFileSync(MARK, "utf8") === mark) return;
  console.error("Installing packages…");
  const { exitCode } = Bun.spawnSync(
    [process.execPath, "install", "--frozen-lockfile"],
    { cwd: ROOT, stdin: "ignore", stdout: "ignore", stderr: "inherit" },
  );
  if (exitCode !== 0) {
    console.error("The packages could not be installed; see above.");
    process.exit(1);
  }
  writeFileSync(MARK, mark);
}

if (import.meta.main) installPackages();
