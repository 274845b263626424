import { expect, test } from "bun:test";
import { ownPath } from "./owner.ts";

test("a way back leads to pages of accounts and nowhere else", () => {
  const ways: [asked: string | null, taken: string][] = [
    ["/account/apps?cursor=1", "/account/apps?cursor=1"],
    ["/oauth/authorize?client_id=a", "/oauth/authorize?client_id=a"],
    ["/account/../admin", "/account"],
    ["//evil.test/account", "/account"],
    ["/\\evil.test/account", "/account"],
    ["https://evil.test/account", "/account"],
    ["javascript:alert(1)", "/account"],
    ["/accounting", "/account"],
    ["/account/sign-in?return_to=/account", "/account"],
    ["", "/account"],
    [null, "/account"],
  ];
  for (const [asked, taken] of ways) {
    expect([asked, ownPath(asked)]).toEqual([asked, taken]);
  }
});
