import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SETTINGS } from "#config/table.ts";
import { invalidRequest, XrpcError } from "#lib/errors.ts";
import { LANGUAGES } from "#lib/languages.ts";
import { errorResponse } from "#edge/xrpc/errors.ts";
import { InvalidSyntax } from "#repo/errors.ts";
import { attempt, PageFault, refusalWords } from "./refusal-words.ts";
import { en } from "./text/en.ts";
import { textIn } from "./text/catalogue.ts";

const SRC = join(import.meta.dir, "../..");

/** Folders and files whose refusals only programs ever see: no page calls them. */
const FOR_PROGRAMS = [
  "contexts/accounts/service-tokens.ts",
  "contexts/appview/",
  "contexts/lexicons/permission-sets.ts",
  "contexts/lexicons/resolver.ts",
  "contexts/oauth/resource.ts",
  "contexts/records/preferences.ts",
  "contexts/relays/host.ts",
  "contexts/security/service-auth.ts",
];

/** The same of single ones, by their file and what they begin with. */
const ONE_FOR_PROGRAMS: Record<string, readonly string[]> = {
  // createAccount with an identity of the caller's, which no form has.
  "contexts/accounts/create-account.ts": [
    "'Unsupported input",
    '"UnresolvableDid"',
    '"IncompatibleDidDoc"',
    '"recoveryKey must',
  ],
  "contexts/accounts/reservation.ts": ['"AlreadyExists"'],
  // The page of sign-up knows these by its own table of fields.
  "contexts/accounts/registration.ts": [
    '"Verification is',
    '"Could not verify',
  ],
  // Asked for a second factor, pages ask for it too.
  "contexts/accounts/factors/factor-check.ts": ['"AuthFactorTokenRequired"'],
  "contexts/accounts/key-rotation.ts": ['"The key is not on this server'],
  "contexts/accounts/session-methods.ts": ["`Could not find user info"],
  "contexts/admin/account-changes.ts": ['"Recipient not found"'],
  "contexts/admin/invite-control.ts": [
    "`Unknown sort",
    '"Cannot disable admin',
  ],
  "contexts/blobs/blobs.ts": ['"since must'],
  "contexts/security/security.ts": ['"BadJwt"'],
  "contexts/sync/sync.ts": ['"since must', '"BlockNotFound"'],
  // Several writes at once, or another repository than one's own.
  "contexts/security/permissions.ts": ['"ScopeMissingError"'],
  "contexts/records/commit.ts": ["`The writes change", "`The writes make"],
  "contexts/records/reads.ts": ["`Could not find repo", "`Could not resolve"],
  "contexts/records/records.ts": [
    "`Could not find repo",
    "`Too many writes",
    '"Each write must',
  ],
};

interface Made {
  args: string;
  place: string;
  error: string | null;
  isReasoned: boolean;
}

/** Every refusal that the source makes, as its text stands there. */
function refusalsIn(path: string): Made[] {
  const source = readFileSync(join(SRC, path), "utf8");
  return [
    ...source.matchAll(/(?<!function )(new XrpcError|invalidRequest)\(/g),
  ].map(({ index, 0: call }) => {
    const end = endOfCall(source, index + call.length);
    const args = source
      .slice(index + call.length, end - 1)
      .trim()
      .replace(/\s+/g, " ");
    const named = /^"(\w+)"/.exec(args)?.[1] ?? null;
    const line = source.slice(0, index).split("\n").length;
    return {
      args,
      place: `${path}:${line} ${args.slice(0, 80)}`,
      error: call.startsWith("new") ? named : "InvalidRequest",
      isReasoned: /^\s*\.because\(/.test(source.slice(end)),
    };
  });
}

/** Behind the bracket that closes what begins here; brackets in texts come in pairs. */
function endOfCall(source: string, start: number): number {
  let open = 1;
  let at = start;
  for (; open > 0 && at < source.length; at++) {
    if (source[at] === "(") open++;
    if (source[at] === ")") open--;
  }
  return at;
}

const sources = () =>
  ["contexts", "storage", "edge/http/account"].flatMap((folder) => [
    ...new Bun.Glob(`${folder}/**/*.ts`).scanSync(SRC),
  ]);

const isTimed = (error: string | null) => error === "RateLimitExceeded";

test("whatever refuses something has words in the catalogue, by its reason or its name", () => {
  const left: string[] = [];
  const passedOver = new Set<string>();
  let count = 0;
  for (const path of sources()) {
    if (path.includes(".test.") || path.includes("fixture")) continue;
    if (FOR_PROGRAMS.some((one) => path.startsWith(one))) continue;
    for (const { args, place, error, isReasoned } of refusalsIn(path)) {
      count++;
      const isNamed = error !== null && Object.hasOwn(en.refusals.names, error);
      // Those say how long to wait, whatever they are about.
      if (isReasoned || isNamed || isTimed(error)) continue;
      const own = ONE_FOR_PROGRAMS[path]?.find((one) => args.startsWith(one));
      if (own === undefined) left.push(place);
      else passedOver.add(`${path} ${own}`);
    }
  }
  expect(left).toEqual([]);
  expect(count).toBeGreaterThan(200);
  // Nothing is passed over that is not there any more.
  expect([...passedOver].toSorted()).toEqual(
    Object.entries(ONE_FOR_PROGRAMS)
      .flatMap(([path, all]) => all.map((one) => `${path} ${one}`))
      .toSorted(),
  );
});

test("a page says the reason in its language, with its facts", () => {
  const refusal = invalidRequest(
    'There is an app password named "Bot" already',
  );
  const name = "Bot";
  refusal.because("appPasswordTwice", { name });
  const said = LANGUAGES.map((code) => refusalWords(textIn(code), refusal));
  expect(new Set(said).size).toBe(LANGUAGES.length);
  for (const one of said) expect(one).toContain(name);
});

test("what a setting of the page expects is said in the page's language", () => {
  const rows: readonly { live: boolean; parser: { expects: string } }[] =
    Object.values(SETTINGS);
  const typed = rows
    .filter(({ live }) => live)
    .map(({ parser }) => parser.expects)
    // Chosen from a list, where nothing else can be chosen.
    .filter((expects) => !expects.startsWith("one of "));
  expect(typed.length).toBeGreaterThan(5);
  for (const expects of typed) {
    for (const code of LANGUAGES.filter((one) => one !== "en")) {
      const { settingForm } = textIn(code).refusals.reasons;
      expect(settingForm({ name: "X", expects })).not.toContain(expects);
    }
  }
});

test("what has no words is told in the server's own, with what to do", () => {
  const odd = new XrpcError("Odd", "The moon is in the wrong place");
  for (const code of LANGUAGES) {
    const said = refusalWords(textIn(code), odd);
    expect(said).toContain("The moon is in the wrong place");
    expect(said.length).toBeGreaterThan(100);
  }
  // A name that every object has is no name of an error.
  const bent = new XrpcError("constructor", "Bent");
  expect(refusalWords(en, bent)).toBe(en.refusals.other("Bent"));
});

test("programs get what they got before: the name and the message, and no reason", async () => {
  const refusal = invalidRequest("Email is required").because("emailMissing");
  const answer = errorResponse(refusal);
  expect(answer.status).toBe(400);
  expect(await answer.json()).toEqual({
    error: "InvalidRequest",
    message: "Email is required",
  });
});

test("a form tells faults of what was typed, and throws on all else", async () => {
  const tried = (error: unknown) =>
    attempt(en, () => {
      throw error;
    });
  expect(await tried(new PageFault("Own words."))).toEqual({
    fault: "Own words.",
  });
  expect(await tried(new InvalidSyntax("did", "did:x"))).toEqual({
    fault: en.refusals.reasons.syntax({ kind: "did", value: "did:x" }),
  });
  const outage = new XrpcError("UpstreamTimeout", "the host does not answer");
  expect(await tried(outage)).toEqual({
    fault: en.refusals.names.UpstreamTimeout,
  });
  expect(await attempt(en, () => 7)).toEqual({ value: 7 });
  for (const error of [
    new XrpcError("RateLimitExceeded", "Too many"),
    new XrpcError("InternalServerError", "Broken"),
    new Error("unforeseen"),
  ]) {
    expect(await tried(error).catch((caught: unknown) => caught)).toBe(error);
  }
});
