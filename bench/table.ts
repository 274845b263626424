/** What one row found on one server; the first is Tempest. */
export interface Cell {
  value: number;
  /** Beside the value: latencies, CPU. */
  note: string;
}

export interface Line {
  name: string;
  unit: string;
  target?: number;
  /** Less is better, as for milliseconds and megabytes. */
  isCost?: boolean;
  cells: Cell[];
}

/** A table in Markdown: values, and how many times better the first server is than the second. */
export function formatTable(
  names: readonly string[],
  lines: readonly Line[],
): string {
  const head = ["", ...names, "ratio", "target"];
  const body = lines.map((line) => {
    const { name, unit, target, cells } = line;
    return [
      name,
      ...cells.map(({ value, note }) =>
        `${formatNumber(value)} ${unit}${note && ` (${note})`}`.trim(),
      ),
      ...Array.from({ length: names.length - cells.length }, () => "–"),
      formatRatio(line),
      target === undefined ? "" : `≥ ${target}×`,
    ];
  });
  const rows = [head, head.map(() => "---"), ...body];
  return rows.map((row) => `| ${row.join(" | ")} |`).join("\n");
}

function formatRatio({ cells, isCost }: Line): string {
  const [ours, theirs] = cells;
  if (ours === undefined || theirs === undefined) return "";
  const ratio = isCost ? theirs.value / ours.value : ours.value / theirs.value;
  return Number.isFinite(ratio) ? `${ratio.toFixed(1)}×` : "–";
}

export function formatNumber(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString("en");
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
