/** A machine that the executable is made for. */
export interface Target {
  name: string;
  target: Bun.Build.CompileTarget;
  suffix: string;
}

const of = (name: string, suffix = ""): Target => ({
  name,
  target: `bun-${name}` as Bun.Build.CompileTarget,
  suffix,
});

/** `baseline` runs on processors without AVX2, which small machines often are. */
export const TARGETS: readonly Target[] = [
  of("linux-x64"),
  of("linux-x64-baseline"),
  of("linux-arm64"),
  of("linux-x64-musl"),
  of("linux-arm64-musl"),
  of("darwin-x64"),
  of("darwin-arm64"),
];

export function findTarget(name: string): Target {
  const target = TARGETS.find((row) => row.name === name);
  if (target) return target;
  const known = TARGETS.map((row) => row.name).join(", ");
  throw new Error(`no target ${name}; there are ${known}, and all`);
}
