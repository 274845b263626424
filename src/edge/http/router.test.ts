import { describe, expect, test } from "bun:test";
import { Hono } from "hono";
import { createRouter } from "./router.ts";

function createApp(): Hono {
  const app = new Hono({ router: createRouter() });
  app.use(async (c, next) => {
    await next();
    c.header("X-Seen", "yes");
  });
  app.options("*", (c) => c.text("options"));
  app.get("/", (c) => c.text("home"));
  app.get("/api/openapi.json", (c) => c.text("document"));
  app.get("/api/:nsid", (c) => c.text(`api ${c.req.param("nsid")}`));
  app.get("/xrpc/_health", (c) => c.text("health"));
  app.all("/xrpc/a.b.c", (c) => c.text("stream"));
  app.all("/xrpc/*", (c) => c.text(`call ${c.req.path}`));
  app.notFound((c) => c.text("nothing", 404));
  return app;
}

describe("calls and pages", () => {
  const cases: [method: string, path: string, text: string][] = [
    ["GET", "/", "home"],
    ["GET", "/api/openapi.json", "document"],
    ["GET", "/api/a.b.c", "api a.b.c"],
    ["GET", "/xrpc/_health", "health"],
    ["GET", "/xrpc/a.b.c", "stream"],
    ["POST", "/xrpc/a.b.c", "stream"],
    ["POST", "/xrpc/a.b.d", "call /xrpc/a.b.d"],
    ["POST", "/xrpc/_health", "call /xrpc/_health"],
    ["OPTIONS", "/xrpc/a.b.d", "options"],
    ["OPTIONS", "/api/x", "options"],
    ["GET", "/xrpc", "call /xrpc"],
    ["GET", "/elsewhere", "nothing"],
  ];
  test.each(cases)("%s %s", async (method, path, text) => {
    const answer = await createApp().request(path, { method });
    expect(await answer.text()).toBe(text);
    expect(answer.headers.get("X-Seen")).toBe("yes");
  });
});
