/**
 * A refusal in the words of OAuth. It becomes JSON for an application, and a
 * page for a person.
 */
export class OAuthRefusal extends Error {
  override name = "OAuthRefusal";
  readonly error: string;
  readonly status: number;
  /** The application whose request it was; null when that is not known. */
  readonly clientId: string | null;
  /** Where more is told about it; null when nothing is. */
  readonly uri: string | null;

  constructor(
    error: string,
    message: string,
    options: {
      status?: number;
      cause?: unknown;
      clientId?: string | null;
      uri?: string | null;
    } = {},
  ) {
    super(message, { cause: options.cause });
    this.error = error;
    this.status = options.status ?? 400;
    this.clientId = options.clientId ?? null;
    this.uri = options.uri ?? null;
  }
}
