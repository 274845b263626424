import { invalidRequest } from "#lib/errors.ts";
import { parseDidKey } from "#repo/keys.ts";
import type { Did } from "#repo/syntax.ts";
import type { DidDocument } from "#contexts/identity/did-document.ts";
import type { PlcClient } from "#contexts/identity/plc.ts";
import {
  dataOfOperation,
  findSigner,
  type PlcData,
  type PlcLogEntry,
} from "#contexts/identity/plc-operation.ts";
import type { Caller } from "#contexts/security/caller.ts";
import type { PlcMethods } from "./plc-methods.ts";

/** Who holds a key, as far as this server knows. */
export type KeyHolder = "server" | "operator" | "repository" | "other";

export interface HeldKey {
  didKey: string;
  holder: KeyHolder;
}

/** One difference between two states of an identity. `from` null is new, `to` null is gone. */
export interface IdentityStep {
  part: "handle" | "server" | "signingKey" | "rotationKey" | "other";
  from: string | null;
  to: string | null;
}

/** An operation of the log, in what it changed. */
export interface IdentityEvent {
  cid: string;
  at: string;
  kind: "made" | "changed" | "ended";
  steps: IdentityStep[];
  /** The key that signed it; null when it can't be told. */
  signedBy: HeldKey | null;
  /** Undone by a more powerful key. */
  isNullified: boolean;
  /** Until when a more powerful key may undo it; null when that time has passed. */
  undoableUntilMs: number | null;
}

export interface IdentityView {
  document: DidDocument;
  /** The most powerful first; null where the DID has none. */
  rotationKeys: HeldKey[] | null;
  /** Newest first; null where the DID has no log. */
  log: IdentityEvent[] | null;
}

/** The identity of an account, for its owner to see and to hold a key of. */
export interface OwnIdentities {
  /** Asks the directory. @throws XrpcError UpstreamFailure, UpstreamTimeout, ServiceUnavailable */
  view(did: Did): Promise<IdentityView>;
  /**
   * Puts a key of the owner's before all others, so that it can undo what the
   * others do. @param change.code from the account's mail.
   * @throws XrpcError InvalidRequest for no key, one that is there, or a sixth.
   * @throws XrpcError InvalidToken, ExpiredToken
   */
  addKey(
    change: { didKey: string; code: string },
    caller: OwnerOf,
  ): Promise<void>;
  /** @throws XrpcError InvalidRequest for the server's own key, or one that is not there. */
  removeKey(
    change: { didKey: string; code: string },
    caller: OwnerOf,
  ): Promise<void>;
}

type OwnerOf = Extract<Caller, { kind: "session" }>;

/** @see https://web.plc.directory/spec/v0.1/did-plc */
const MOST_KEYS = 5;
const UNDO_MS = 72 * 3_600_000;

export function createOwnIdentities(deps: {
  plc: Pick<PlcClient, "getAuditLog" | "getData">;
  resolveDid(did: Did): Promise<DidDocument>;
  methods: Pick<PlcMethods, "signPlcOperation" | "submitPlcOperation">;
  /** did:key of this server, and of its operator where there is one. */
  rotationKey(): string;
  recoveryKey: string | null;
  clock: { nowMs(): number };
}): OwnIdentities {
  const { plc, methods } = deps;

  function hold(didKey: string, data: PlcData | null): HeldKey {
    if (didKey === deps.rotationKey()) return { didKey, holder: "server" };
    if (didKey === deps.recoveryKey) return { didKey, holder: "operator" };
    const keys = Object.values(data?.verificationMethods ?? {});
    return { didKey, holder: keys.includes(didKey) ? "repository" : "other" };
  }

  function readLog(entries: readonly PlcLogEntry[]): IdentityEvent[] {
    let before: PlcData | null = null;
    return entries.map((entry) => {
      const { operation, cid, createdAt, nullified } = entry;
      const data = dataOfOperation(operation);
      const keys = (before ?? data)?.rotationKeys ?? [];
      const signer = findSigner(operation, [...keys]);
      const untilMs = Date.parse(createdAt) + UNDO_MS;
      const isFirst = before === null;
      const steps = listSteps(before, data);
      // What was undone did not become the state that the next one begins from.
      if (!nullified && data !== null) before = data;
      return {
        ...{ cid, steps, at: createdAt, isNullified: nullified },
        kind: data === null ? "ended" : isFirst ? "made" : "changed",
        signedBy: signer === null ? null : hold(signer, before),
        undoableUntilMs:
          !isFirst && !nullified && untilMs > deps.clock.nowMs()
            ? untilMs
            : null,
      };
    });
  }

  async function change(
    caller: OwnerOf,
    code: string,
    keysOf: (keys: string[]) => string[],
  ): Promise<void> {
    const { rotationKeys } = await plc.getData(caller.did);
    const wanted = { token: code, rotationKeys: keysOf(rotationKeys) };
    const { operation } = await methods.signPlcOperation(wanted, caller);
    await methods.submitPlcOperation({ operation }, caller);
  }

  return {
    async view(did) {
      const document = await deps.resolveDid(did);
      if (!did.startsWith("did:plc:")) {
        return { document, rotationKeys: null, log: null };
      }
      const [data, entries] = await Promise.all([
        plc.getData(did),
        plc.getAuditLog(did),
      ]);
      return {
        document,
        rotationKeys: data.rotationKeys.map((key) => hold(key, data)),
        log: readLog(entries).toReversed(),
      };
    },
    async addKey({ didKey, code }, caller) {
      checkKey(didKey);
      await change(caller, code, (keys) => {
        if (keys.includes(didKey)) {
          throw invalidRequest("That key is there already").because("keyThere");
        }
        if (keys.length >= MOST_KEYS) {
          throw invalidRequest(
            `An identity has ${MOST_KEYS} keys at most`,
          ).because("keysFull", { most: MOST_KEYS });
        }
        return [didKey, ...keys];
      });
    },
    async removeKey({ didKey, code }, caller) {
      if (didKey === deps.rotationKey()) {
        throw invalidRequest(
          "Without its key this server can't serve you",
        ).because("keyOurs");
      }
      await change(caller, code, (keys) => {
        if (!keys.includes(didKey))
          throw invalidRequest("There is no such key").because("keyGone");
        return keys.filter((key) => key !== didKey);
      });
    },
  };
}

/** @throws XrpcError InvalidRequest */
function checkKey(didKey: string): void {
  try {
    parseDidKey(didKey);
  } catch (error) {
    throw invalidRequest(
      "That is no did:key of the curve P-256 or K-256",
      error,
    ).because("keyForm");
  }
}

/** What is different, a line each. */
export function listSteps(
  before: PlcData | null,
  after: PlcData | null,
): IdentityStep[] {
  if (after === null) return [];
  const one = (
    part: IdentityStep["part"],
    from: string | null | undefined,
    to: string | null | undefined,
  ): IdentityStep[] =>
    (from ?? null) === (to ?? null)
      ? []
      : [{ part, from: from ?? null, to: to ?? null }];
  const had = before?.rotationKeys ?? [];
  const has = after.rotationKeys;
  const steps = [
    ...one("handle", before?.alsoKnownAs[0], after.alsoKnownAs[0]),
    ...one(
      "server",
      before?.services.atproto_pds?.endpoint,
      after.services.atproto_pds?.endpoint,
    ),
    ...one(
      "signingKey",
      before?.verificationMethods.atproto,
      after.verificationMethods.atproto,
    ),
    ...has
      .filter((key) => !had.includes(key))
      .flatMap((key) => one("rotationKey", null, key)),
    ...had
      .filter((key) => !has.includes(key))
      .flatMap((key) => one("rotationKey", key, null)),
  ];
  const isSame = before !== null && Bun.deepEquals(before, after);
  return steps.length > 0 || isSame
    ? steps
    : [{ part: "other", from: null, to: null }];
}
