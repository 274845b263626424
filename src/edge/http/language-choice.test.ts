import { expect, test } from "bun:test";
import { localPath } from "./language-choice.ts";

test("a language leads back to the page, and to no other site", () => {
  for (const [given, path] of [
    ["/account/sign-up?invite=a%20b", "/account/sign-up?invite=a%20b"],
    ["//evil.test/x", "/"],
    ["/\\evil.test/x", "/"],
    ["https://evil.test/x", "/"],
    ["/.//evil.test", "/evil.test"],
    ["javascript:alert(1)", "/"],
    ["account", "/account"],
    ["/account?lang=de&cursor=3", "/account?cursor=3"],
    [undefined, "/"],
  ] as const) {
    expect([given, localPath(given)]).toEqual([given, path]);
  }
});
