/** What client and server of a mail connection said, for the operator to read. */

interface Said {
  tnx?: string;
}

const MOST_LINES = 200;
const HIDDEN = "[hidden]";

/**
 * A logger for nodemailer that keeps the conversation. The letter itself is
 * not part of it; secrets are taken out however they are written.
 */
export function transcriptLogger(
  lines: string[],
  secrets: readonly string[],
): Record<string, (entry: Said, ...words: unknown[]) => void> {
  const keep = ({ tnx }: Said, ...words: unknown[]) => {
    const mark = tnx === "client" ? ">" : tnx === "server" ? "<" : null;
    if (mark === null) return;
    const [format, ...values] = words.map(String);
    const text = values.reduce(
      (all, value) => all.replace("%s", () => value),
      format ?? "",
    );
    for (const line of text.split(/\r?\n/)) {
      if (lines.length >= MOST_LINES || line === "") continue;
      lines.push(`${mark} ${withoutSecrets(line, secrets)}`);
    }
  };
  const none = () => {};
  return {
    ...{ level: none, trace: keep, debug: keep, info: keep },
    ...{ warn: keep, error: none, fatal: none },
  };
}

/** The secrets of a connection's URL, in each form in which they go over the wire. */
export function secretsOf(smtpUrl: string): string[] {
  const url = URL.parse(smtpUrl);
  const password = decodeURIComponent(url?.password ?? "");
  const user = decodeURIComponent(url?.username ?? "");
  if (password === "") return [];
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  return [password, base64(password), base64(`\0${user}\0${password}`)];
}

export function withoutSecrets(
  line: string,
  secrets: readonly string[],
): string {
  const shown = /^AUTH \w+ \S/i.test(line)
    ? line.replace(/^(AUTH \w+) .*/i, `$1 ${HIDDEN}`)
    : line;
  return secrets.reduce(
    (text, secret) => text.replaceAll(secret, HIDDEN),
    shown,
  );
}
