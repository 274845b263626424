import { OAuthError } from "@atproto/oauth-provider/errors";
import { XrpcError } from "#lib/errors.ts";
import { OAuthRefusal } from "./refusal.ts";

/**
 * What an application is told of something that was thrown. Faults of input
 * come from several parsers; anything else is ours, and told without a detail.
 */
export function errorPayload(error: unknown): {
  status: number;
  json: { error: string; error_description: string; error_uri?: string };
} {
  const tell = (status: number, name: string, description: string) => ({
    status,
    json: { error: name, error_description: description },
  });
  if (error instanceof OAuthError) {
    return tell(error.statusCode, error.error, error.error_description);
  }
  if (error instanceof OAuthRefusal) {
    const { uri } = error;
    const told = tell(error.status, error.error, error.message);
    return { ...told, json: { ...told.json, ...(uri && { error_uri: uri }) } };
  }
  if (error instanceof XrpcError && error.status < 500) {
    return tell(error.status, "invalid_request", error.message);
  }
  if (error instanceof Error && isOfInput(error)) {
    return tell(400, "invalid_request", firstLine(error.message));
  }
  return tell(500, "server_error", "Something went wrong on this server");
}

/** Errors of the libraries that read what applications send. */
function isOfInput({ name, code = "" }: Error & { code?: string }): boolean {
  return FOREIGN_NAMES.has(name) || FOREIGN_CODES.test(code);
}

const FOREIGN_NAMES = new Set([
  "ZodError",
  "JOSEError",
  "JOSENotSupported",
  "JWSInvalid",
  "JWTInvalid",
  "JWTClaimValidationFailed",
  "JWTExpired",
]);

/** Of what verifies tokens, whose errors have no names: not those of making one. */
const FOREIGN_CODES = /^ERR_(?!JWT_CREATE)(?:JOSE|JWK|JWS|JWT)/;

function firstLine(text: string): string {
  return text.split("\n", 1)[0]!.slice(0, 200);
}
