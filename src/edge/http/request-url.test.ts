import { expect, test } from "bun:test";
import { pathOf, queryOf } from "./request-url.ts";

test.each([
  ["http://pds.test/xrpc/a.b.c?d=e", "/xrpc/a.b.c", "d=e"],
  ["http://pds.test/", "/", ""],
  ["http://pds.test", "/", ""],
  ["http://pds.test?a=/b", "/", "a=/b"],
  ["/xrpc/a.b.c?d=e?f", "/xrpc/a.b.c", "d=e?f"],
  ["http://l localhost/xrpc/a", "/xrpc/a", ""],
  ["http://[/xrpc/a?b", "/xrpc/a", "b"],
])("of %s the path is %s, the query %s", (url, path, query) => {
  expect(pathOf(url)).toBe(path);
  expect(queryOf(url)).toBe(query);
});
