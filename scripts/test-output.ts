export interface TestCounts {
  passed: number;
  failed: number;
  skipped: number;
  /** What failed, as `file: test`. */
  names: string[];
}

/**
 * Reads what `bun test` wrote. A run that ended without a summary, or with an
 * exit code that its summary does not explain, counts as one failure: a test
 * that ends the process must not look like success.
 */
export function countTests(
  output: string,
  exitCode: number,
  args: readonly string[],
): TestCounts {
  const names = failedNames(output);
  const summary = summaryOf(output);
  if (summary === null) {
    names.push(`bun test ${args.join(" ")}: ended without a summary`);
    return { passed: 0, failed: names.length, skipped: 0, names };
  }
  const failed = Math.max(summary.failed, names.length);
  const counts = { ...summary, failed, names };
  if (exitCode !== 0 && failed === 0) {
    counts.failed = 1;
    names.push(`bun test ${args.join(" ")}: exit code ${exitCode}`);
  }
  return counts;
}

/** The numbers before the last line `Ran N tests`. */
function summaryOf(
  output: string,
): { passed: number; failed: number; skipped: number } | null {
  const end = output.lastIndexOf("\nRan ");
  if (end < 0) return null;
  const count = (word: string) => {
    const matches = [
      ...output
        .slice(0, end)
        .matchAll(new RegExp(`^\\s*(\\d+) ${word}$`, "gm")),
    ];
    return Number(matches.at(-1)?.[1] ?? 0);
  };
  return {
    passed: count("pass"),
    failed: count("fail"),
    skipped: count("skip") + count("todo"),
  };
}

/** Each failure once, although the run repeats them at its end. */
function failedNames(output: string): string[] {
  const names = new Set<string>();
  let file = "";
  for (const line of output.split("\n")) {
    const header = /^(\S+\.test\.tsx?):$/.exec(line);
    if (header) file = header[1]!;
    const failure = /^(?:\(fail\)|✗) (.*?)(?: \[[\d.]+m?s\])?$/.exec(line);
    if (failure) names.add(`${file}: ${failure[1]}`);
    if (line.startsWith("# Unhandled error")) names.add(`${file}: ${line}`);
    // From here on they are listed again, without their files.
    if (/^\d+ tests? failed:$/.test(line)) break;
  }
  return [...names];
}
