import type { FactsOf, Reason, ReasonName } from "./reasons.ts";

/**
 * Error names that any method may answer, with their HTTP status. A name that
 * a lexicon declares and that is not listed here answers 400.
 */
const STATUS_BY_NAME: Record<string, number> = {
  InvalidRequest: 400,
  InvalidToken: 400,
  ExpiredToken: 400,
  InvalidSwap: 400,
  AuthMissing: 401,
  AuthenticationRequired: 401,
  AuthFactorTokenRequired: 401,
  AccountTakedown: 401,
  AccountDeactivated: 401,
  BadJwt: 401,
  BadJwtType: 401,
  JwtExpired: 401,
  BadJwtAudience: 401,
  BadJwtLexiconMethod: 401,
  BadJwtIss: 401,
  BadJwtSignature: 401,
  MissingJwt: 401,
  UntrustedIss: 401,
  // Names of OAuth, which its clients look for.
  invalid_token: 401,
  invalid_dpop_proof: 401,
  use_dpop_nonce: 401,
  Forbidden: 403,
  AccountNotFound: 403,
  ScopeMissingError: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  RequestTimeout: 408,
  PayloadTooLarge: 413,
  UnsupportedMediaType: 415,
  RateLimitExceeded: 429,
  InternalServerError: 500,
  MethodNotImplemented: 501,
  UpstreamFailure: 502,
  ServiceUnavailable: 503,
  UpstreamTimeout: 504,
  InsufficientStorage: 507,
};

/** True for a name that any method may answer, whether its lexicon declares it or not. */
export function isGenericError(name: string): boolean {
  return Object.hasOwn(STATUS_BY_NAME, name);
}

export interface XrpcErrorOptions {
  cause?: unknown;
  /** Overrides the status of the name; only where the protocol gives one name two statuses. */
  status?: number;
  headers?: Record<string, string>;
  /** Seconds after which trying again makes sense; sent as Retry-After. */
  retryAfterSec?: number;
}

/**
 * A refusal that the caller sees: `error` is a name that the method's lexicon
 * declares or one of the generic names above, `message` is for a person.
 */
export class XrpcError extends Error {
  override name = "XrpcError";
  readonly error: string;
  readonly status: number;
  readonly headers: Record<string, string>;
  /** What pages say in its stead; null where the name says enough. */
  reason: Reason | null = null;

  constructor(error: string, message: string, options: XrpcErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.error = error;
    this.status = options.status ?? STATUS_BY_NAME[error] ?? 400;
    this.headers = { ...options.headers };
    if (options.retryAfterSec !== undefined) {
      this.headers["Retry-After"] = String(options.retryAfterSec);
    }
  }

  /** Names the reason, for pages; answers to programs stay as they are. */
  because<Name extends ReasonName>(name: Name, ...facts: FactsOf<Name>): this {
    this.reason = { name, facts: facts[0] ?? null } as Reason;
    return this;
  }
}

/** Shorthand for the commonest refusal: 400 InvalidRequest. */
export function invalidRequest(message: string, cause?: unknown): XrpcError {
  return new XrpcError("InvalidRequest", message, { cause });
}

/** What an account that was taken down is refused with: the status of the name, unless another is given. */
export function takenDown(
  options?: Pick<XrpcErrorOptions, "status">,
): XrpcError {
  return new XrpcError(
    "AccountTakedown",
    "Account has been taken down",
    options,
  );
}

/**
 * A failure that an operator reads: what is wrong, and the command or setting
 * to change.
 */
export class OperatorError extends Error {
  override name = "OperatorError";
  readonly hint: string;
  /** Process exit code: 78 for configuration and foreign data, 70 for a failed disk, 1 otherwise. */
  readonly exitCode: number;

  constructor(
    message: string,
    options: { hint: string; exitCode?: number; cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? 1;
  }
}
