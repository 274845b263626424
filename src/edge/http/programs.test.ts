import { afterAll, expect, test } from "bun:test";
import { startTestEdge } from "#edge/edge-fixture.ts";
import { createPrograms, isForPrograms } from "./programs.ts";

const host = startTestEdge();
afterAll(() => host.edge.stop(0));

test("every route of programs is found among them", () => {
  const routes = createPrograms({ around: async () => {} } as never).routes;
  const paths = routes.map(({ path }) => path).filter((path) => path !== "/*");
  expect(paths).toContain("/metrics");
  expect(paths.filter((path) => !isForPrograms(path))).toEqual([]);
});

test("programs and people get what they ask for, and everybody a permission to ask", async () => {
  const cases: [method: string, path: string, status: number][] = [
    ["GET", "/xrpc/_health", 200],
    ["POST", "/xrpc/_health", 400],
    ["GET", "/xrpc/_stats", 200],
    ["GET", "/xrpc", 400],
    ["GET", "/xrpc/no.such.method", 501],
    ["OPTIONS", "/xrpc/no.such.method", 204],
    ["OPTIONS", "/api/no.such.method", 204],
    ["GET", "/robots.txt", 200],
    ["HEAD", "/robots.txt", 200],
    ["POST", "/robots.txt", 404],
    ["GET", "/api/openapi.json", 200],
    ["GET", "/api/com.atproto.repo.createRecord", 200],
    ["GET", "/", 200],
    ["GET", "/elsewhere", 404],
    ["GET", "/.well-known/elsewhere", 404],
  ];
  const found = [];
  for (const [method, path] of cases) {
    const answer = await fetch(`${host.origin}${path}`, { method });
    expect(answer.headers.get("server")).toBe("Tempest");
    found.push([method, path, answer.status]);
    await answer.body?.cancel();
  }
  expect(found as typeof cases).toEqual(cases);
});
