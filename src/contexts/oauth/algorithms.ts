import type { WWWAuthenticateError } from "@atproto/oauth-provider/errors";

/** What the library knows and this runtime can't check, and `none`, which nobody should be able to choose. */
const UNSUPPORTED = new Set(["ES256K", "none"]);

const isSupported = (algorithm: string) => !UNSUPPORTED.has(algorithm);

/** Metadata that promises nothing that would fail. */
export function withoutUnsupported(metadata: object): object {
  return Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [
      name,
      name.includes("alg_values_supported") || name.includes("signing_alg")
        ? (value as string[]).filter(isSupported)
        : value,
    ]),
  );
}

/** The same of a challenge. @see https://www.rfc-editor.org/rfc/rfc9449#section-7.1 */
export function challengeOf({
  wwwAuthenticateHeader: header,
}: Pick<WWWAuthenticateError, "wwwAuthenticateHeader">): string {
  return header.replace(
    /\balgs="([^"]*)"/,
    (_, algorithms: string) =>
      `algs="${algorithms.split(" ").filter(isSupported).join(" ")}"`,
  );
}
