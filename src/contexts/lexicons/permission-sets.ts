import type { Clock } from "#lib/clock.ts";
import { invalidRequest, XrpcError } from "#lib/errors.ts";
import type { Logger } from "#lib/log.ts";
import type { Nsid } from "#repo/syntax.ts";
import type { LexiconRows } from "#storage/account/oauth.ts";
import type { Lexicons } from "./lexicons.ts";
import type { LexiconResolver } from "./resolver.ts";

// Loaded when it is first needed: most servers start without it.
const grammar = (): typeof import("@atproto/oauth-scopes") =>
  require("@atproto/oauth-scopes");

type Set = Parameters<
  import("@atproto/oauth-scopes").IncludeScope["toScopes"]
>[0];

/**
 * Sets of permissions that somebody publishes, for what stays granted without a
 * sign-in by OAuth: app passwords and delegates. What a set holds is for its
 * author to change, so it is looked up again each day and counts as it is then;
 * while it can't be had, what was known of it goes on for 90 days.
 * @see https://atproto.com/specs/permission#permission-sets
 */
export interface PermissionSets {
  /** Looks up the sets that scopes name. @throws XrpcError InvalidRequest for one that can't be had, or is none. */
  resolve(scopes: string): Promise<void>;
  /** The scopes with what the sets hold in their place; nothing for a set that is not known. */
  expand(scopes: string): string;
}

export interface PermissionSetDeps {
  rows: LexiconRows;
  lexicons: Pick<Lexicons, "find">;
  resolveLexicon: LexiconResolver["resolveLexicon"];
  clock: Clock;
  log: Pick<Logger, "info">;
}

const HOUR_MS = 3_600_000;
const STALE_MS = 24 * HOUR_MS;
const EXPIRED_MS = 90 * 24 * HOUR_MS;
/** Between tries for a set that can't be had. */
const PAUSE_MS = HOUR_MS;
const MOST_KEPT = 1000;

interface Known {
  set: Set;
  succeededAtMs: number;
}

export function createPermissionSets(deps: PermissionSetDeps): PermissionSets {
  const { rows, lexicons, clock, log } = deps;
  const kept = new Map<string, Known>();
  const triedAtMs = new Map<string, number>();

  function keep(nsid: string, known: Known): Known {
    if (kept.size >= MOST_KEPT) kept.delete(kept.keys().next().value!);
    kept.set(nsid, known);
    return known;
  }

  /** As it was last found, however long ago. */
  function findKnown(nsid: string): Known | null {
    const own = asSet(lexicons.find(nsid as Nsid));
    // What came with the program is as new as the program.
    if (own !== null) return { set: own, succeededAtMs: clock.nowMs() };
    const known = kept.get(nsid);
    if (known !== undefined) return known;
    const row = JSON.parse(rows.find(nsid) ?? "null") as Stored | null;
    const set = asSet(row?.lexicon?.defs?.main);
    if (set === null || row?.lastSucceededAt == null) return null;
    const succeededAtMs = Date.parse(row.lastSucceededAt);
    return keep(nsid, { set, succeededAtMs });
  }

  async function lookUp(nsid: string): Promise<void> {
    triedAtMs.delete(nsid);
    triedAtMs.set(nsid, clock.nowMs());
    if (triedAtMs.size > MOST_KEPT) {
      triedAtMs.delete(triedAtMs.keys().next().value!);
    }
    const { uri, schema } = await deps.resolveLexicon({ nsid });
    const set = asSet((schema as Stored["lexicon"])?.defs?.main);
    if (set === null) throw invalidRequest(`${nsid} is no set of permissions`);
    const nowMs = clock.nowMs();
    const now = new Date(nowMs).toISOString();
    const times = { createdAt: now, updatedAt: now, lastSucceededAt: now };
    rows.put(nsid, JSON.stringify({ ...times, uri, lexicon: schema }));
    keep(nsid, { set, succeededAtMs: nowMs });
  }

  /** Not waited for: what is known counts until there is something newer. */
  function renew(nsid: string): void {
    const lastMs = triedAtMs.get(nsid) ?? 0;
    if (lastMs + PAUSE_MS > clock.nowMs()) return;
    lookUp(nsid).catch((error: unknown) => {
      log.info("permission_set.not_renewed", { nsid, error });
    });
  }

  function expandOne(scope: string): string[] {
    const include = includeOf(scope);
    if (include === null) return [scope];
    const known = findKnown(include.nsid);
    const ageMs = known && clock.nowMs() - known.succeededAtMs;
    if (ageMs === null || ageMs > STALE_MS) renew(include.nsid);
    if (known === null || ageMs! > EXPIRED_MS) return [];
    return include.toScopes(known.set);
  }

  return {
    async resolve(scopes) {
      for (const scope of scopes.split(" ")) {
        const include = includeOf(scope);
        if (include === null) continue;
        const known = findKnown(include.nsid);
        const isFresh =
          known !== null && clock.nowMs() - known.succeededAtMs < STALE_MS;
        if (isFresh) continue;
        try {
          await lookUp(include.nsid);
        } catch (error) {
          if (!(error instanceof XrpcError)) throw error;
          if (known !== null) continue;
          const { message } = error;
          throw invalidRequest(
            `The set of permissions ${include.nsid} can't be had: ${message}`,
            error,
          );
        }
      }
    },
    expand: (scopes) =>
      scopes.includes("include:")
        ? scopes.split(" ").flatMap(expandOne).join(" ")
        : scopes,
  };
}

/** As the authorization server keeps it, which shares the table. */
interface Stored {
  lastSucceededAt: string | null;
  lexicon: { defs?: { main?: unknown } } | null;
}

function includeOf(scope: string) {
  return scope.startsWith("include:")
    ? grammar().IncludeScope.fromString(scope)
    : null;
}

function asSet(main: unknown): Set | null {
  const type = (main as { type?: unknown } | null | undefined)?.type;
  return type === "permission-set" ? (main as Set) : null;
}
