import { expect, test } from "bun:test";
import { inspect } from "node:util";
import { createLogger } from "./log.ts";
import { Secret } from "./secret.ts";

const secret = new Secret("hunter2");

test("a secret is handed out by reveal only", () => {
  expect(secret.reveal()).toBe("hunter2");
  expect(Object.keys(secret)).toEqual([]);
});

test.each([
  ["text", () => `${secret}`],
  ["concatenation", () => "a" + secret],
  ["JSON", () => JSON.stringify({ secret })],
  ["the inspector", () => inspect({ secret }, { showHidden: true })],
  ["Bun's inspector", () => Bun.inspect({ secret })],
  ["an error message", () => new Error(`bad ${secret}`).message],
])("%s does not show it", (_name, show) => {
  expect(show()).toContain("[secret]");
  expect(show()).not.toContain("hunter2");
});

test("a log line does not show it", () => {
  let line = "";
  createLogger({ level: "info", write: (text) => (line = text) }).info("x", {
    value: secret,
  });
  expect(line).toContain("[secret]");
  expect(line).not.toContain("hunter2");
});
