import { describe, expect, test } from "bun:test";
import { readFields, readForm } from "./form-body.ts";

const FORM = "application/x-www-form-urlencoded";

function post(body: BodyInit, type: string, headers: HeadersInit = {}) {
  return new Request("https://pds.test/oauth/token", {
    method: "POST",
    headers: { "content-type": type, ...headers },
    body,
  });
}

test("fields come from a form or from JSON", async () => {
  expect(await readFields(post("a=1&b=%C3%A9", FORM))).toEqual({
    a: "1",
    b: "é",
  });
  expect(await readFields(post('{"a":1}', "application/json"))).toEqual({
    a: 1,
  });
  expect((await readForm(post("a=1&a=2", FORM))).getAll("a")).toEqual([
    "1",
    "2",
  ]);
});

describe("refused is", () => {
  const broken = new ReadableStream({
    pull(controller) {
      controller.enqueue(new TextEncoder().encode("a="));
      controller.error(new DOMException("cut", "AbortError"));
    },
  });
  test.each<[what: string, request: Request, error: string]>([
    ["a field given twice", post("a=1&a=2", FORM), "InvalidRequest"],
    ["a list", post("[]", "application/json"), "InvalidRequest"],
    ["what is no JSON", post("{", "application/json"), "InvalidRequest"],
    ["another type", post("a", "text/plain"), "UnsupportedMediaType"],
    [
      "a compressed body",
      post("a", FORM, { "content-encoding": "gzip" }),
      "UnsupportedMediaType",
    ],
    ["a large body", post("a".repeat(65_537), FORM), "PayloadTooLarge"],
    ["a body that breaks off", post(broken, FORM), "InvalidRequest"],
  ])("%s", async (_what, request, error) => {
    await expect(readFields(request)).rejects.toMatchObject({ error });
  });
});
