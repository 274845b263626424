import type { AccountDetail } from "#contexts/admin/account-console.ts";
import { BULK_ACTS } from "#contexts/admin/bulk-acts.ts";
import type { Text } from "#edge/web/text/catalogue.ts";

type ActRow = AccountDetail["acts"][number];
type Sentence = (values: Record<string, string>) => string;

/** What was done, in plain words; the name of the method for one that has none. */
export function actInWords({ admin }: Text, act: ActRow): string {
  const detail = JSON.parse(act.detailJson) as Record<string, unknown>;
  const sentences: Readonly<Record<string, Sentence>> = admin.acted;
  const bulk = BULK_ACTS.find((name) => act.action === `bulk ${name}`);
  if (bulk !== undefined) {
    const count = String(detail["count"] ?? "");
    return sentences["bulk"]!({ act: admin.accounts.acts[bulk], count });
  }
  const name =
    act.action === "updateSubjectStatus" ? changeOf(detail) : act.action;
  if (!Object.hasOwn(sentences, name)) return act.action;
  return sentences[name]!(valuesOf(detail));
}

/** Which of the changes of status it was. */
function changeOf({ takedown, deactivated }: Record<string, unknown>): string {
  const isApplied = (change: unknown) =>
    (change as { applied?: boolean }).applied === true;
  if (takedown !== undefined) {
    return isApplied(takedown) ? "takenDown" : "restored";
  }
  if (deactivated === undefined) return "updateSubjectStatus";
  return isApplied(deactivated) ? "deactivated" : "activated";
}

/** Every word that a sentence may ask for; "" for one that is missing. */
function valuesOf(detail: Record<string, unknown>): Record<string, string> {
  const { ref } = (detail["takedown"] ?? {}) as { ref?: string };
  const known = Object.entries({ ...detail, ref: ref ?? "" }).map(
    ([name, value]) => [name, wordOf(value)] as const,
  );
  return new Proxy(Object.fromEntries(known), {
    get: (values, name: string) => values[name] ?? "",
  });
}

function wordOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  return Array.isArray(value) ? value.join(", ") : String(value);
}
