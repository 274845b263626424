import type { Parser } from "./parsers.ts";

/** `serve` faces the world, `dev` is the offline network on this machine. */
export type Mode = "serve" | "dev";

/** One row of the table of settings. */
export interface Setting<T> {
  /** `TEMPEST_…` */
  name: string;
  /** Other names, best first; `PDS_…` are those of the reference PDS. */
  aliases: readonly string[];
  parser: Parser<T>;
  fallback: Readonly<Record<Mode, T>>;
  /** How the reference shows the default, where it is not the value itself. */
  shownFallback?: string;
  /** A sentence for the operator. */
  about: string;
  /** Secrets are taken from files and the environment, never from flags. */
  secret: boolean;
  /** The pages of the operator can change it while the server runs. */
  live: boolean;
}

interface Extra<T> {
  /** Replaces the default alias: `PDS_` with the same ending. */
  aliases?: readonly string[];
  /** Default of `tempest dev`, where it differs. */
  dev?: T;
  shown?: string;
  secret?: boolean;
  live?: boolean;
}

/** A row: what follows `TEMPEST_`, how it is read, its default, its sentence. */
export function setting<T>(
  ending: string,
  parser: Parser<T>,
  fallback: NoInfer<T>,
  about: string,
  extra: Extra<NoInfer<T>> = {},
): Setting<T> {
  return {
    name: `TEMPEST_${ending}`,
    aliases: extra.aliases ?? [`PDS_${ending}`],
    parser,
    fallback: {
      serve: fallback,
      dev: extra.dev === undefined ? fallback : extra.dev,
    },
    shownFallback: extra.shown,
    about,
    secret: extra.secret ?? false,
    live: extra.live ?? false,
  };
}

/** As `setting`, for one that may be left out: the default is null. */
export function optional<T>(
  ending: string,
  parser: Parser<T>,
  about: string,
  extra: Extra<NoInfer<T> | null> = {},
): Setting<T | null> {
  return setting<T | null>(ending, parser, null, about, extra);
}
