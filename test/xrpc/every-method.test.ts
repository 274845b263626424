import { describe, expect, test } from "bun:test";
import type { LexXrpcProcedure, LexXrpcQuery } from "@atproto/lexicon";
import { createLexicons } from "#contexts/lexicons/lexicons.ts";
import type { Auth } from "#edge/xrpc/auth.ts";
import { METHODS } from "#edge/xrpc/registry.ts";
import { isGenericError } from "#lib/errors.ts";
import type { CallOptions } from "../support/network.ts";
import { malformedCalls } from "./malformed.ts";
import { makeCall, useWorld } from "./scenario.ts";
import { ALL_SCENARIOS } from "./scenarios/all.ts";
import { basicAuth } from "./world.ts";

/** What holds for every row of the registry, whatever it does. */

const lexicons = createLexicons();
const useIt = useWorld();
const JSON_LIMIT = 150 * 1024;

const definitionOf = (nsid: string) =>
  lexicons.find(nsid) as LexXrpcQuery | LexXrpcProcedure;

const goodCall = async (nsid: string): Promise<CallOptions> =>
  makeCall(ALL_SCENARIOS[nsid]![0]!, useIt());

/**
 * Errors that a lexicon declares and this server doesn't answer, with the
 * reason.
 */
const NEVER_ANSWERED: Record<string, string> = {
  "com.atproto.server.createAccount InvalidInviteCode":
    "shown by the tests of a host that asks for codes",
  "com.atproto.server.createAccount IncompatibleDidDoc":
    "a document that is not the DID's counts as none: UnresolvableDid",
  "com.atproto.server.deleteSession ExpiredToken":
    "a session may be ended by a token that has expired",
  "com.atproto.server.getAccountInviteCodes DuplicateCreate":
    "codes are made in one transaction",
  "com.atproto.sync.getRecord RecordNotFound":
    "that there is no record is proven instead",
  "com.atproto.sync.getHead HeadNotFound":
    "every account has a repository, or the account is not found",
  "com.atproto.sync.requestCrawl HostBanned":
    "the one host that this server answers for is itself",
};

test("every row has scenarios, and no others have", () => {
  const known = Object.keys(ALL_SCENARIOS).sort();
  expect(known).toEqual(Object.keys(METHODS).sort());
});

describe.each(Object.keys(ALL_SCENARIOS).map((nsid) => [nsid]))(
  "%s",
  (nsid) => {
    const method = METHODS[nsid]!;

    test("has a success for its first scenario", () => {
      expect(ALL_SCENARIOS[nsid]![0]!.status ?? 200).toBe(200);
    });

    test("has a scenario for each error it declares", () => {
      const declared = [
        ...lexicons.errorsOf(nsid),
        ...(method.errors ?? []),
      ].filter((error) => NEVER_ANSWERED[`${nsid} ${error}`] === undefined);
      const shown = new Set(ALL_SCENARIOS[nsid]?.map(({ error }) => error));
      expect(declared.filter((error) => !shown.has(error))).toEqual([]);
    });

    test("tells callers without a right from those who may", async () => {
      const { call } = useIt();
      const statusOf = async (token: string | undefined) => {
        // Made anew: what succeeds once may not succeed twice.
        const good = await goodCall(nsid);
        const { status, body } = await call(nsid, { ...good, token });
        return status === 200 ? "200" : `${status} ${body.error}`;
      };
      const expected = refusals(method.auth);
      expect(await statusOf(undefined)).toBeOneOf(expected.missing);
      expect(await statusOf("garbage")).toBeOneOf(expected.garbage);
      expect(await statusOf("x".repeat(9000))).toBeOneOf([
        ...expected.garbage,
        "400 InvalidToken",
      ]);
      expect(await statusOf(`${"e30.".repeat(2)}e30`)).toBeOneOf(
        expected.garbage,
      );
      expect(await statusOf("Digest x")).toBe(expected.malformed);
      expect(await statusOf("Bearer a b")).toBe(expected.malformed);
      expect(await statusOf(basicAuth("admin", "x"))).toBeOneOf(expected.guess);
    });

    test("is called by its verb only", async () => {
      const { network } = useIt();
      const isQuery = definitionOf(nsid).type === "query";
      for (const verb of isQuery ? ["POST", "PUT"] : ["GET", "PUT", "DELETE"]) {
        const url = `${network.url}/xrpc/${nsid}`;
        const response = await fetch(url, { method: verb });
        const { error } = (await response.json()) as { error: string };
        expect([verb, response.status, error]).toEqual([
          verb,
          400,
          "InvalidRequest",
        ]);
      }
    });

    test("leaves out parameters and properties that it doesn't know", async () => {
      const { call } = useIt();
      const good = await goodCall(nsid);
      const { status } = await call(nsid, {
        ...good,
        params: { ...good.params, unknown: "1", __proto__: "2" },
        ...(isMap(good.input) && { input: { ...good.input, unknown: [1] } }),
      });
      expect(status).toBe(200);
    });

    test("refuses whatever does not fit its lexicon", async () => {
      const { call } = useIt();
      const good = await goodCall(nsid);
      const settings = { ...useIt().network.config, logo: null };
      const limit = method.maxBodyBytes?.(settings) ?? JSON_LIMIT;
      const calls = malformedCalls(definitionOf(nsid), good, limit);
      const wrong: unknown[] = [];
      for (const { name, call: bad, ...expected } of calls) {
        const { status, body } = await call(nsid, bad);
        const { error } = body;
        if (status !== expected.status || error !== expected.error) {
          wrong.push({ name, status, error, message: body.message });
        }
      }
      expect(wrong).toEqual([]);
    });

    test("has only generic errors beside those", () => {
      const odd = ALL_SCENARIOS[nsid]
        ?.map(({ error }) => error)
        .filter(
          (error) =>
            error !== undefined &&
            !isGenericError(error) &&
            !lexicons.errorsOf(nsid).includes(error) &&
            !method.errors?.includes(error),
        );
      expect(odd).toEqual([]);
    });
  },
);

/** What comes of no header, of a token or header that is none, and of a guessed administrator's password. */
function refusals({ kind }: Auth): {
  missing: string[];
  garbage: string[];
  guess: string[];
  malformed: string;
} {
  const missing = ["401 AuthMissing"];
  const guess = ["401 AuthenticationRequired"];
  const malformed = "400 InvalidToken";
  const wrongScheme = [malformed];
  switch (kind) {
    case "none": {
      const open = ["200"];
      return { missing: open, garbage: open, guess: open, malformed: "200" };
    }
    case "optional":
      return { missing: ["200"], garbage: [malformed], guess, malformed };
    case "refresh":
    case "session":
      return { missing, garbage: [malformed], guess: wrongScheme, malformed };
    case "service-optional":
      return {
        ...{ missing: ["200"], garbage: ["401 BadJwt"] },
        ...{ guess: wrongScheme, malformed },
      };
    case "moderator":
      return { missing, garbage: ["401 BadJwt"], guess, malformed };
    default:
      return { missing, garbage: guess, guess, malformed };
  }
}

function isMap(value: unknown): value is object {
  return (
    typeof value === "object" &&
    value !== null &&
    !(value instanceof Uint8Array)
  );
}
