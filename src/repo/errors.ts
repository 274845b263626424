/** Bytes that are not what they should be: a malformed, missing or wrong block. */
export class BlockError extends Error {
  override name = "BlockError";
  /** Text form of the block's CID, where it is known. */
  readonly cid: string | null;

  constructor(message: string, cid: string | null = null, cause?: unknown) {
    super(cid === null ? message : `${message} (${cid})`, { cause });
    this.cid = cid;
  }
}

/** A repository path that is malformed, missing or already there. */
export class PathError extends Error {
  override name = "PathError";
  readonly path: string;

  constructor(message: string, path: string) {
    super(`${message}: ${path.slice(0, 100)}`);
    this.path = path;
  }
}

/** An identifier or string format that does not follow its grammar. */
export class InvalidSyntax extends Error {
  override name = "InvalidSyntax";
  /** What was expected: `did`, `handle`, `nsid`, `at-uri` and so on. */
  readonly kind: string;
  readonly value: string;

  constructor(kind: string, value: string) {
    super(`not a valid ${kind}: ${JSON.stringify(value.slice(0, 100))}`);
    this.kind = kind;
    this.value = value;
  }
}
