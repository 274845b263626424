import { afterEach, beforeEach, expect, test } from "bun:test";
import { XrpcError } from "#lib/errors.ts";
import type { AtUri } from "#repo/syntax.ts";
import { ALICE, BOB, createStage, type Stage } from "./appview-fixture.ts";

const GENERATOR = "app.bsky.feed.generator";

let stage: Stage;
let asked: unknown[];
let answer: () => unknown;
beforeEach(() => {
  stage = createStage();
  asked = [];
  answer = () => ({ view: { did: "did:web:feeds.test" } });
});
afterEach(() => stage.close());

const find = (uri: string) =>
  stage.appview.feedGenerators.find(uri as AtUri, async (nsid, params) => {
    asked.push({ nsid, params });
    return answer();
  });
const theirs = `at://${BOB}/${GENERATOR}/cats`;
const refused = (uri: string) =>
  find(uri).then(
    () => "found",
    (error: XrpcError) => `${error.status} ${error.error}`,
  );

test("a feed of somebody here is known without asking, fresh or not", async () => {
  const record = { did: "did:web:mine.test", displayName: "Cats" };
  const uri = stage.put(GENERATOR, record);
  expect(await find(uri)).toBe("did:web:mine.test" as never);
  const byHandle = uri.replace(ALICE, "Alice.test");
  expect(await find(byHandle)).toBe("did:web:mine.test" as never);
  expect(asked).toEqual([]);
});

test("for others the AppView is asked, and for a while not again", async () => {
  for (let n = 0; n < 3; n++) {
    expect(await find(theirs)).toBe("did:web:feeds.test" as never);
  }
  expect(asked).toEqual([
    { nsid: "app.bsky.feed.getFeedGenerator", params: { feed: theirs } },
  ]);
  stage.clock.advance(5 * 60_000);
  await find(theirs);
  expect(asked.length).toBe(2);
});

test("one whose record can't be read here may be known elsewhere", async () => {
  const uri = stage.putBytes(GENERATOR, Uint8Array.of(0xff), "odd");
  expect(await find(uri)).toBe("did:web:feeds.test" as never);
});

test("what the AppView doesn't know is unknown, and asked for again", async () => {
  answer = () => {
    throw new XrpcError("InvalidRequest", "could not find feed");
  };
  expect(await refused(theirs)).toBe("400 UnknownFeed");
  answer = () => ({ view: {} });
  expect(await refused(theirs)).toBe("400 UnknownFeed");
  answer = () => ({ view: { did: "no DID" } });
  expect(await refused(theirs)).toBe("400 UnknownFeed");
  answer = () => null;
  expect(await refused(theirs)).toBe("400 UnknownFeed");
  expect(asked.length).toBe(4);
});

test("that the AppView is away is not that there is no feed", async () => {
  answer = () => {
    throw new XrpcError("UpstreamTimeout", "away");
  };
  expect(await refused(theirs)).toBe("504 UpstreamTimeout");
});

test("a URI that names no feed is the AppView's to judge", async () => {
  answer = () => ({});
  expect(await refused(`at://${ALICE}/app.bsky.feed.post/x`)).toBe(
    "400 UnknownFeed",
  );
  expect(await refused(`at://${ALICE}`)).toBe("400 UnknownFeed");
  expect(await refused(`at://${ALICE}/${GENERATOR}/none`)).toBe(
    "400 UnknownFeed",
  );
});
