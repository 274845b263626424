import { describe, expect, test } from "bun:test";
import type { LexXrpcProcedure, LexXrpcQuery } from "@atproto/lexicon";
import fc from "fast-check";
import { createLexicons } from "#contexts/lexicons/lexicons.ts";
import { METHODS } from "#edge/xrpc/registry.ts";
import { valueOf } from "../fuzz/schemas.ts";
import { damageJson } from "../fuzz/values.ts";
import type { CallOptions } from "../support/network.ts";
import { createRandom, runSeed } from "../support/random.ts";
import { sizeOf } from "../support/sizes.ts";
import { makeCall, useWorld } from "./scenario.ts";
import { ALL_SCENARIOS } from "./scenarios/all.ts";

/**
 * Good calls with anything at all in place of their parts: whatever it is, the
 * server answers, and never that it has failed.
 */

const lexicons = createLexicons();
const useIt = useWorld();
const numRuns = Math.ceil(sizeOf("fuzzCalls") / Object.keys(METHODS).length);
/** Looking up names that lead nowhere takes time, and passwords do; on a busy machine more of it. */
const TIME_BOUND_MS = 30_000;
const seed = runSeed();

/** Texts that are something somewhere, and many that are nothing. */
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ unit: "grapheme", maxLength: 40 }),
  fc.constantFrom(
    "",
    "self",
    "__proto__",
    "constructor",
    "alice.test",
    "handle.invalid",
    "did:web:localhost",
    "did:plc:abcdefghijklmnopqrstuvwx",
    "did:web:%00.example.com",
    "app.bsky.feed.post",
    "com.atproto.server.createAccount",
    "at://alice.test/app.bsky.feed.post/self",
    "bafyreiclp443lavogvhj3d2ob2cxbfuscni2k5jk7bebjzg7khl3esabwq",
    "3jzfcijpj2z2a",
    "2026-01-02T03:04:05.678Z",
    "9999-99-99T99:99:99Z",
    "9007199254740993",
    "-1",
    "\ud800",
    "x".repeat(2000),
    "a".repeat(300) + ".test",
    "%00",
    "' OR 1=1 --",
    "../../etc/passwd",
  ),
);

const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    text,
    fc.constantFrom(null, true, false, 0, -1, 1.5, 2 ** 53, 1e300, -0),
    fc.integer(),
    fc.array(tie("any"), { maxLength: 4 }),
    fc.dictionary(text, tie("any"), { maxKeys: 4 }),
    fc.record({ $link: tie("any") }),
    fc.record({ $bytes: tie("any") }),
    fc.record({ $type: tie("any"), ref: tie("any"), mimeType: text }),
  ),
})).any;

interface Change {
  /** Which property or parameter: by its number, or one that nobody knows. */
  at: number;
  with: unknown;
  isLeftOut: boolean;
}

const change: fc.Arbitrary<Change> = fc.record({
  at: fc.nat(20),
  with: value,
  isLeftOut: fc.nat(6).map((n) => n === 0),
});

const who = fc.constantFrom(
  ...([
    "as it is",
    "as it is",
    "as it is",
    "bob",
    "dora",
    "tara",
    "admin",
  ] as const),
);

/** A body as the lexicon has it, but not of anything that is here; or one damaged at any depth. */
function madeUp(definition: LexXrpcProcedure, nsid: string, seed: number) {
  const random = createRandom(seed);
  const schema = definition.input!.schema!;
  const value = valueOf(random, lexicons.lexicons, nsid, schema);
  return random.next() < 0.3 ? value : damageJson(random, value);
}

function changed(
  parts: object,
  names: readonly string[],
  changes: readonly Change[],
): Record<string, unknown> {
  const result: Record<string, unknown> = { ...parts };
  for (const change of changes) {
    const name = names[change.at % (names.length + 1)] ?? "unknown";
    if (change.isLeftOut) delete result[name];
    else result[name] = change.with;
  }
  return result;
}

function spoil(
  definition: LexXrpcQuery | LexXrpcProcedure,
  good: CallOptions,
  changes: readonly Change[],
): CallOptions {
  const names = Object.keys(definition.parameters?.properties ?? {});
  const { params = {}, input } = good;
  const isJson =
    typeof input === "object" &&
    input !== null &&
    !(input instanceof Uint8Array);
  return {
    ...good,
    params: Object.fromEntries(
      Object.entries(changed(params, names, isJson ? [] : changes)).map(
        ([name, part]) => [name, toParam(part)],
      ),
    ),
    ...(isJson && { input: changed(input, Object.keys(input), changes) }),
  };
}

function toParam(part: unknown): string | string[] {
  if (Array.isArray(part)) return part.map((one) => String(toParam(one)));
  return typeof part === "string" ? part : JSON.stringify(part ?? null);
}

/** The statuses that stand for what somebody sent, or for what this host is not set up for. */
const ANSWERS = [200, 400, 401, 403, 404, 413, 415, 431, 501];

/** Of methods that ask the hosts of others: one that a fuzzer makes up can't be reached. */
const ASKING = new Set([
  ...["resolveDid", "resolveIdentity", "refreshIdentity"].map(
    (name) => `com.atproto.identity.${name}`,
  ),
  "com.atproto.lexicon.resolveLexicon",
  "app.bsky.notification.registerPush",
  "app.bsky.notification.unregisterPush",
]);
const ASKED_IN_VAIN = [502, 504];

/** Made before all else, since what is sent then may well change the accounts. */
const goodCalls = new Map<string, CallOptions>();

test("there is a good call of each method to begin with", async () => {
  for (const nsid of Object.keys(METHODS)) {
    const [first] = ALL_SCENARIOS[nsid]!;
    goodCalls.set(nsid, await makeCall(first!, useIt()));
  }
}, 60_000);

describe.each(Object.keys(METHODS).map((nsid) => [nsid]))("%s", (nsid) => {
  test("answers whatever it is sent", async () => {
    const world = useIt();
    const good = goodCalls.get(nsid)!;
    const definition = lexicons.find(nsid) as LexXrpcQuery | LexXrpcProcedure;
    const changes = fc.array(change, { minLength: 1, maxLength: 3 });
    const isMadeUp =
      definition.type === "procedure" && definition.input?.schema !== undefined;
    const bodySeed = isMadeUp ? fc.option(fc.nat()) : fc.constant(null);
    await fc.assert(
      fc.asyncProperty(changes, who, bodySeed, async (changes, who, seed) => {
        const call = spoil(definition, good, changes);
        if (who !== "as it is") call.token = world.tokens[who];
        if (seed !== null) {
          call.input = madeUp(definition as LexXrpcProcedure, nsid, seed);
        }
        const startedMs = performance.now();
        const { status } = await world.call(nsid, call);
        expect(status).toBeOneOf(
          ASKING.has(nsid) ? [...ANSWERS, ...ASKED_IN_VAIN] : ANSWERS,
        );
        expect(performance.now() - startedMs).toBeLessThan(TIME_BOUND_MS);
      }),
      { numRuns, seed },
    );
  });
});
