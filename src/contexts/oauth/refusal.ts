/**
 * A refusal in the words of OAuth. It becomes JSON for an application, and a
 * page for a person.
 */
export class OAuthRefusal extends Error {
  override name = "OAuthRefusal";
  readonly error: string;
  readonly status: number;

  constructor(
    error: string,
    message: string,
    options: { status?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.error = error;
    this.status = options.status ?? 400;
  }
}
