/** A line that is not a setting. */
export interface EnvFileProblem {
  line: number;
  message: string;
}

/**
 * Reads `NAME=value` lines as Docker and systemd do: `#` starts a comment line,
 * `export ` is allowed, one pair of quotes around a value goes. Nothing is
 * expanded.
 */
export function parseEnvFile(content: string): {
  values: Record<string, string>;
  problems: EnvFileProblem[];
} {
  const values: Record<string, string> = {};
  const problems: EnvFileProblem[] = [];
  const lines = content.replace(/^\uFEFF/, "").split(/\r?\n/);
  lines.forEach((raw, index) => {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) return;
    const match = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$/.exec(
      line,
    );
    if (match === null) {
      problems.push({ line: index + 1, message: "is not NAME=value" });
      return;
    }
    values[match[1]!] = unquote(match[2]!);
  });
  return { values, problems };
}

function unquote(value: string): string {
  const quote = value[0];
  if (quote !== '"' && quote !== "'") return value;
  const end = value.indexOf(quote, 1);
  const rest = end < 0 ? "" : value.slice(end + 1).trim();
  // Only a closing quote that ends the value, or stands before a comment, counts.
  const closes = end > 0 && (rest === "" || rest.startsWith("#"));
  return closes ? value.slice(1, end) : value;
}
