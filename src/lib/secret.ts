const SHOWN = "[secret]";

/**
 * A value that must not be printed. It becomes `[secret]` in text, JSON, logs
 * and the inspector; only `reveal` hands it out.
 */
export class Secret<T = string> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return SHOWN;
  }

  toJSON(): string {
    return SHOWN;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return SHOWN;
  }
}
