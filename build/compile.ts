import { mkdirSync, renameSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { recordBytecodeOrder } from "./bytecode-order.ts";
import { findTarget, TARGETS } from "./targets.ts";
import { unusedPackages } from "./unused.ts";
import { withWorkFolder } from "./work-folder.ts";

/**
 * Makes the executable: `dist/tempest` for this machine, or
 * `dist/tempest-TARGET` for each target that is named.
 *
 *   bun run build
 *   bun run build linux-arm64 darwin-arm64
 *   bun run build all
 */
const ROOT = join(import.meta.dir, "..");
const DIST = join(ROOT, "dist");
const MIB = 1024 * 1024;

/** @param outfile where the executable goes */
export async function compile(
  outfile: string,
  target?: Bun.Build.CompileTarget,
): Promise<void> {
  const startedMs = performance.now();
  // The maps of the pieces are in the executable, and written beside it too.
  await withWorkFolder(dirname(outfile), async (folder, cutOff) => {
    const bytecodeOrder = await findBytecodeOrder(folder, cutOff);
    const made = join(folder, basename(outfile));
    const options = { outfile: made, bytecodeOrder, ...(target && { target }) };
    await unlessAborted(cutOff, bundle(options));
    renameSync(made, outfile);
  });
  const sizeMiB = Math.round(statSync(outfile).size / MIB);
  const durationMs = Math.round(performance.now() - startedMs);
  console.log(`${outfile}: ${sizeMiB} MiB in ${durationMs} ms`);
}

/** Made anew by each build, so that it is never older than the code. */
async function findBytecodeOrder(
  folder: string,
  cutOff: AbortSignal,
): Promise<string[] | null> {
  const program = join(folder, "recorded");
  const made = bundle({ outfile: program, bytecodeOrder: null });
  await unlessAborted(cutOff, made);
  try {
    return await recordBytecodeOrder(program, folder, cutOff);
  } catch (error) {
    cutOff.throwIfAborted();
    console.warn(`The order of use is not known: ${(error as Error).message}`);
    return null;
  }
}

/** Does not wait for what can't be ended: the process ends soon, and it too. */
async function unlessAborted<T>(
  signal: AbortSignal,
  result: Promise<T>,
): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  signal.addEventListener("abort", () => aborted.reject(signal.reason));
  signal.throwIfAborted();
  return Promise.race([result, aborted.promise]);
}

async function bundle({
  outfile,
  target,
  bytecodeOrder,
}: {
  outfile: string;
  target?: Bun.Build.CompileTarget;
  /** Records of use; without them the bytecode lies as the sources do. */
  bytecodeOrder: string[] | null;
}): Promise<void> {
  const result = await Bun.build({
    // The second is a thread's, which is found by its path.
    entrypoints: ["src/main.ts", "src/storage/lending/worker.ts"].map((path) =>
      join(ROOT, path),
    ),
    target: "bun",
    // Bytecode halves the time to start; it needs ESM for top-level await.
    format: "esm",
    bytecode: true,
    // In one piece all that any module imports from the runtime would be
    // loaded at every start, and all code be read: a third of it is not needed.
    splitting: true,
    minify: { whitespace: true, syntax: true, identifiers: false },
    sourcemap: "inline",
    plugins: [unusedPackages],
    define: {
      "process.env.NODE_ENV": '"production"',
      // Or the folders of this checkout would be written into the executable.
      __dirname: '"/"',
      __filename: '"/tempest"',
    },
    compile: {
      outfile,
      bytecodeOrder,
      // Functions are compiled to machine code after twice as many calls: few
      // are called that often and no more, and what is compiled takes memory.
      jitPolicy: 2,
      ...(target && { target }),
      // Files that happen to lie in the working folder must not change a server.
      autoloadDotenv: false,
      autoloadBunfig: false,
      autoloadTsconfig: false,
      autoloadPackageJson: false,
    },
  });
  for (const log of result.logs) console.error(log);
}

async function main(names: readonly string[]): Promise<void> {
  mkdirSync(DIST, { recursive: true });
  const wanted = names[0] === "all" ? TARGETS : names.map(findTarget);
  if (wanted.length === 0) await compile(join(DIST, "tempest"));
  for (const { name, target, suffix } of wanted) {
    await compile(join(DIST, `tempest-${name}${suffix}`), target);
  }
}

if (import.meta.main) await main(process.argv.slice(2));
