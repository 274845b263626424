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
  /** Null where a server was not measured. */
  cells: (Cell | null)[];
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
      ...cells.map((cell) => (cell === null ? "–" : formatCell(cell, unit))),
      ...Array.from({ length: names.length - cells.length }, () => "–"),
      formatRatio(line),
      target === undefined ? "" : `≥ ${target}×`,
    ];
  });
  const rows = [head, head.map(() => "---"), ...body];
  return rows.map((row) => `| ${row.join(" | ")} |`).join("\n");
}

function formatCell({ value, note }: Cell, unit: string): string {
  return `${formatNumber(value)} ${unit}${note && ` (${note})`}`.trim();
}

function formatRatio({ cells, isCost }: Line): string {
  const [ours, theirs] = cells;
  if (theirs === undefined) return "";
  if (!ours || theirs === null) return "–";
  const ratio = isCost ? theirs.value / ours.value : ours.value / theirs.value;
  return Number.isFinite(ratio) ? `${ratio.toFixed(1)}×` : "–";
}

export function formatNumber(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString("en");
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
