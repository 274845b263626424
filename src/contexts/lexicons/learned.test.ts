import { beforeEach, describe, expect, test } from "bun:test";
import { createFakeClock, type FakeClock } from "#lib/clock.ts";
import type { XrpcError } from "#lib/errors.ts";
import { silentLogger } from "#lib/log.ts";
import { jsonToRecord } from "#repo/lex-json.ts";
import type { Nsid, RecordKey } from "#repo/syntax.ts";
import { createLexicons, type Lexicons } from "./lexicons.ts";

const THING = "com.example.thing";
const PART = "com.example.part";
const HOUR_MS = 60 * 60_000;

const TEXT = { type: "string", maxLength: 5 };
const lexiconOf = (id: string, properties: object, key = "tid") => ({
  lexicon: 1,
  id,
  defs: {
    main: {
      type: "record",
      key,
      record: { type: "object", required: ["text"], properties },
    },
  },
});

/** What the network has; a function fails or waits. */
let published: Record<string, object | (() => Promise<object>)>;
let asked: string[];
let clock: FakeClock;
let lexicons: Lexicons;
beforeEach(() => {
  published = { [THING]: lexiconOf(THING, { text: TEXT }) };
  asked = [];
  clock = createFakeClock();
  lexicons = open(false);
});

function open(isStrict: boolean): Lexicons {
  return createLexicons({
    resolution: {
      isStrict,
      clock,
      log: silentLogger,
      waitMs: 20,
      async resolve(nsid) {
        asked.push(nsid);
        const found = published[nsid];
        if (found === undefined) throw new Error("no such lexicon");
        return structuredClone(
          typeof found === "function" ? await found() : found,
        );
      },
    },
  });
}

const learn = (nsid = THING) => lexicons.learn(nsid as Nsid);

function check(value: object, validate?: boolean, nsid = THING, rkey?: string) {
  try {
    return lexicons.validateRecord(
      nsid as Nsid,
      jsonToRecord({ $type: nsid, ...value }),
      validate,
      rkey as RecordKey | undefined,
    );
  } catch (error) {
    return (error as XrpcError).error;
  }
}

describe("a record of a collection that was looked up", () => {
  test("is unknown before, and then fits or doesn't", async () => {
    expect(check({ text: "hi" })).toBe("unknown");
    expect(check({ text: "hi" }, true)).toBe("InvalidRequest");
    await learn();
    expect(check({ text: "hi" })).toBe("valid");
    expect(check({ text: "hi" }, true)).toBe("valid");
    expect(check({ text: "hi" }, false)).toBeUndefined();
  });

  test("is refused for a misfit only when that was asked for", async () => {
    await learn();
    for (const misfit of [{}, { text: 5 }, { text: "too long" }]) {
      expect(check(misfit)).toBe("unknown");
      expect(check(misfit, true)).toBe("InvalidRequest");
      expect(check(misfit, false)).toBeUndefined();
    }
    expect(check({ text: "hi" }, undefined, THING, "self")).toBe("unknown");
    expect(check({ text: "hi" }, true, THING, "self")).toBe("InvalidRequest");
    expect(lexicons.findBinding(THING, undefined)).toBeNull();
    expect(lexicons.findBinding(THING, true)).not.toBeNull();
  });

  test("is refused for a misfit when the operator is strict", async () => {
    lexicons = open(true);
    expect(check({ text: 5 })).toBe("unknown");
    await learn();
    expect(check({ text: 5 })).toBe("InvalidRequest");
    expect(check({ text: "hi" }, undefined, THING, "self")).toBe(
      "InvalidRequest",
    );
    expect(check({ text: 5 }, false)).toBeUndefined();
    expect(check({ text: "hi" })).toBe("valid");
  });

  test("takes the key that its lexicon fixes", async () => {
    published[THING] = lexiconOf(THING, { text: TEXT }, "literal:self");
    await learn();
    expect(lexicons.findRecord(THING)?.key).toBe("literal:self");
  });
});

describe("what a lexicon refers to", () => {
  const ref = (ref: string) => ({ type: "ref", ref });

  test("is looked up too, and what is known is not", async () => {
    published[THING] = lexiconOf(THING, {
      text: ref(`${PART}#text`),
      subject: ref("com.atproto.repo.strongRef"),
      own: ref("#other"),
    });
    published[PART] = {
      lexicon: 1,
      id: PART,
      defs: { text: TEXT, deep: { type: "object", properties: {} } },
    };
    await learn();
    expect(asked).toEqual([THING, PART]);
    expect(check({ text: "hi" })).toBe("valid");
    expect(check({ text: 5 })).toBe("unknown");
    expect(check({ text: 5 }, true)).toBe("InvalidRequest");
  });

  test("and isn't there leaves the record unknown", async () => {
    published[THING] = lexiconOf(THING, { text: ref(PART) });
    await learn();
    expect(check({ text: "hi" })).toBe("unknown");
    expect(check({ text: "hi" }, true)).toBe("InvalidRequest");
  });

  test("may go round in a circle", async () => {
    published[THING] = lexiconOf(THING, { text: TEXT, next: ref(PART) });
    published[PART] = lexiconOf(PART, { text: TEXT, next: ref(THING) });
    await learn();
    expect(check({ text: "hi" })).toBe("valid");
    expect(asked).toEqual([THING, PART]);
  });

  test("may be no end of things, of which some are looked up", async () => {
    const names = Array.from({ length: 500 }, (_, n) => `com.example.x${n}`);
    published[THING] = lexiconOf(THING, {
      text: { type: "union", refs: names },
    });
    await learn();
    expect(asked.length).toBeWithin(2, 52);
  });
});

describe("a look-up", () => {
  test("is done once for a day, and once at a time", async () => {
    await Promise.all([learn(), learn()]);
    await learn();
    expect(asked).toEqual([THING]);
  });

  test("is done again after a day, without anybody waiting", async () => {
    await learn();
    clock.advance(25 * HOUR_MS);
    const later = Promise.withResolvers<object>();
    published[THING] = () => later.promise;
    await learn();
    expect(check({ text: "hi" })).toBe("valid");
    expect(asked.length).toBe(2);
    later.resolve(lexiconOf(THING, { text: { type: "integer" } }));
    await Bun.sleep(0);
    expect(check({ text: "hi" })).toBe("unknown");
    expect(check({ text: 5 })).toBe("valid");
  });

  test("that fails later leaves what was good, but not for ever", async () => {
    await learn();
    delete published[THING];
    clock.advance(25 * HOUR_MS);
    await learn();
    await Bun.sleep(0);
    expect(check({ text: "hi" })).toBe("valid");
    clock.advance(90 * 24 * HOUR_MS);
    expect(check({ text: "hi" })).toBe("unknown");
  });

  test("that finds nothing is not done again for some minutes", async () => {
    published = {};
    await learn();
    await learn();
    expect(asked.length).toBe(1);
    published[THING] = lexiconOf(THING, { text: TEXT });
    clock.advance(5 * 60_000);
    await learn();
    expect(check({ text: "hi" })).toBe("valid");
  });

  test("is not waited for any longer than is decent, and goes on", async () => {
    const later = Promise.withResolvers<object>();
    const { [THING]: lexicon } = published;
    published[THING] = () => later.promise;
    await learn();
    expect(check({ text: "hi" })).toBe("unknown");
    later.resolve(lexicon as object);
    await Bun.sleep(0);
    expect(check({ text: "hi" })).toBe("valid");
  });

  test("is one of few at a time", async () => {
    const never = new Promise<object>(() => undefined);
    const names = Array.from({ length: 30 }, (_, n) => `com.example.x${n}`);
    for (const name of names) published[name] = () => never;
    await Promise.all(names.map((name) => learn(name)));
    expect(asked.length).toBe(16);
  });

  const odd: [string, object][] = [
    ["another name", lexiconOf("com.example.other", { text: TEXT })],
    ["an official name", lexiconOf("app.bsky.feed.post", { text: TEXT })],
    ["no lexicon", { hello: "world" }],
    ["a lexicon of the future", { ...lexiconOf(THING, {}), lexicon: 2 }],
  ];
  test.each(odd)("that brings %s brings nothing", async (_name, json) => {
    published[THING] = json;
    await learn();
    expect(check({ text: "hi" })).toBe("unknown");
    expect(lexicons.findRecord("com.example.other")).toBeNull();
    expect(lexicons.findRecord("app.bsky.feed.post")?.key).toBe("tid");
  });

  test("that brings no record leaves the collection unknown", async () => {
    published[THING] = {
      lexicon: 1,
      id: THING,
      defs: { main: { type: "object", properties: {} } },
    };
    await learn();
    expect(check({ text: "hi" })).toBe("unknown");
    expect(check({ text: "hi" }, true)).toBe("InvalidRequest");
  });

  test("is not for what is known, nor for names that nobody can own", async () => {
    for (const nsid of [
      "app.bsky.feed.post",
      "localhost.example.thing",
      "onion.abc.thing",
      "invalid.a.thing",
    ]) {
      await learn(nsid);
    }
    expect(asked).toEqual([]);
  });

  test("keeps no more than a bounded number", async () => {
    for (let n = 0; n < 1100; n++) {
      const nsid = `com.example.x${n}`;
      published[nsid] = lexiconOf(nsid, { text: TEXT });
      await learn(nsid);
    }
    expect(lexicons.findRecord("com.example.x0")).toBeNull();
    expect(lexicons.findRecord("com.example.x1099")).not.toBeNull();
  });
});

test("a lexicon of the operator's is known, and binds", () => {
  const own = createLexicons({
    documents: [lexiconOf(THING, { text: TEXT }) as never],
  });
  const record = jsonToRecord({ $type: THING, text: 5 });
  expect(() => own.validateRecord(THING as Nsid, record, undefined)).toThrow(
    `Invalid ${THING} record`,
  );
  expect(own.find(THING)?.type).toBe("record");
  expect(own.list()).toContain(THING);
});
