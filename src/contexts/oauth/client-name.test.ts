import { expect, test } from "bun:test";
import { describeClient, nameOf } from "./client-name.ts";

test("an application is known by its host as DNS has it, whatever script it is written in", () => {
  for (const [clientId, host, id] of [
    [
      "https://app.example.com/client.json",
      "app.example.com",
      "https://app.example.com/client.json",
    ],
    // The first letter is Cyrillic.
    [
      "https://аpple.example/client.json",
      "xn--pple-43d.example",
      "https://xn--pple-43d.example/client.json",
    ],
    [
      "https://APP.example.com/%2e./x",
      "app.example.com",
      "https://app.example.com/x",
    ],
    [
      "http://localhost?redirect_uri=x",
      null,
      "http://localhost/?redirect_uri=x",
    ],
    ["http://localhost", null, "http://localhost/"],
    ["nonsense", null, "nonsense"],
  ] as const) {
    expect(describeClient(clientId)).toEqual({ host, id });
    expect(nameOf(clientId)).toBe(host ?? "localhost");
  }
});
