import type {
  FactorAnswer,
  FactorKind,
} from "#contexts/accounts/factors/factor-check.ts";
import type { Credentials } from "#contexts/oauth/sign-in.ts";

/** What the forms of sign-in carry, in either step. */
export function readCredentials(form: URLSearchParams): Credentials {
  const factor = readFactor(form);
  const isSecondStep = form.has("factor");
  return {
    identifier: form.get("identifier") ?? "",
    password: form.get("password") ?? "",
    passkey: isSecondStep ? "" : (form.get("passkey") ?? ""),
    factor,
    wantedFactor: asKind(form.get("use")),
    isTrusted: form.has("trust"),
  };
}

const KINDS: readonly string[] = [
  "passkey",
  "totp",
  "email",
  "backup-code",
  "recovery-key",
] satisfies FactorKind[];

function asKind(text: string | null): FactorKind | null {
  return KINDS.includes(text ?? "") ? (text as FactorKind) : null;
}

/** null in the first step, and where another way is asked for. */
function readFactor(form: URLSearchParams): FactorAnswer | null {
  if (form.has("use")) return null;
  const kind = asKind(form.get("factor"));
  const code = form.get("code") ?? "";
  switch (kind) {
    case null:
      return null;
    case "passkey":
      return { kind, response: form.get("passkey") ?? "" };
    case "recovery-key":
      return { kind, sentence: form.get("sentence") ?? "", signature: code };
    default:
      return { kind, code };
  }
}
