/** Sentences by kind, with what stands in them. */
export type Sentences = Readonly<
  Record<string, (...values: never[]) => string>
>;

/**
 * A sentence that is said later, in the language of whoever reads it: which
 * one, and what stands in it. It may be kept as JSON.
 */
export interface Told<S extends Sentences> {
  kind: keyof S & string;
  values: readonly unknown[];
  /** What another program said of it, in that program's words. */
  detail?: string;
}

/** Makes what is told by the sentences of one table. */
export const createTeller =
  <S extends Sentences>() =>
  <K extends keyof S & string>(
    kind: K,
    ...values: Parameters<S[K]>
  ): Told<S> => ({ kind, values });

/** Without the detail; the kind itself where there is no sentence for it, as after a downgrade. */
export function sayTold<S extends Sentences>(
  sentences: S,
  { kind, values }: Told<S>,
): string {
  if (!Object.hasOwn(sentences, kind)) return kind;
  return sentences[kind]!(...(values as never[]));
}

/** With the detail behind it. */
export function sayInFull<S extends Sentences>(
  sentences: S,
  told: Told<S>,
): string {
  const said = sayTold(sentences, told);
  return told.detail === undefined ? said : `${said}: ${told.detail}`;
}

/** With no text in it longer than that, to be kept. */
export function cutTold<T extends Pick<Told<Sentences>, "values" | "detail">>(
  told: T,
  most: number,
): T {
  const values = told.values.map((value) =>
    typeof value === "string" ? value.slice(0, most) : value,
  );
  const detail = told.detail?.slice(0, most);
  return { ...told, values, ...(detail !== undefined && { detail }) };
}
