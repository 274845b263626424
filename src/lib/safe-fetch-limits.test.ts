import { describe, expect, test } from "bun:test";
import {
  https,
  reasonOf,
  text,
  toTestServer,
  useServers,
} from "./safe-fetch-fixture.ts";

useServers();

describe("limits", () => {
  test("a body at the limit passes, one byte more does not", async () => {
    const fetch = toTestServer();
    expect((await fetch(https("/size?to=10000"))).body.length).toBe(10_000);
    expect(await reasonOf(fetch(https("/size?to=10001")))).toBe("size");
  });

  test("a body without a length is cut off", async () => {
    expect(await reasonOf(toTestServer()(https("/chunked")))).toBe("size");
  });

  test("what comes out of a compressed body counts", async () => {
    const fetch = toTestServer();
    const small = await fetch(https("/gzip?to=10000"));
    expect(text(small.body)).toBe("a".repeat(10_000));
    expect(await reasonOf(fetch(https("/gzip?to=5000000")))).toBe("size");
    expect(text((await fetch(https("/br"))).body)).toBe("plain");
    expect(await reasonOf(fetch(https("/odd-encoding")))).toBe("encoding");
  });

  test.each(["/never", "/trickle"])("%s runs out of time", async (path) => {
    const fetch = toTestServer({ timeoutMs: 150 });
    expect(await reasonOf(fetch(https(path)))).toBe("timeout");
  });

  test("a lookup that never ends runs out of time", async () => {
    const fetch = toTestServer({
      timeoutMs: 50,
      lookup: () => new Promise(() => {}),
    });
    expect(await reasonOf(fetch(https("/")))).toBe("timeout");
  });

  test("the caller may give up", async () => {
    const signal = AbortSignal.timeout(30);
    expect(await reasonOf(toTestServer()(https("/never"), { signal }))).toBe(
      "aborted",
    );
  });

  test("one host gets only so many requests at once", async () => {
    let running = 0;
    let most = 0;
    const fetch = toTestServer({
      maxPerHost: 2,
      lookup: async () => {
        most = Math.max(most, ++running);
        await Bun.sleep(5);
        running--;
        return ["127.0.0.1"];
      },
    });
    await Promise.all(Array.from({ length: 6 }, () => fetch(https("/"))));
    expect(most).toBe(2);
  });
});

describe("streaming", () => {
  test("passes headers, status and body both ways", async () => {
    const response = await toTestServer().stream(https("/echo"), {
      method: "POST",
      headers: { "content-type": "text/plain", "x-mine": "2" },
      body: new Blob(["one ", "two"]).stream(),
    });
    const echo = (await response.json()) as Record<string, unknown>;
    expect(echo).toMatchObject({ method: "POST", body: "one two" });
    expect(echo.headers).toMatchObject({ "x-mine": "2" });
  });

  test("leaves the encoding to the receiver", async () => {
    const response = await toTestServer().stream(https("/gzip?to=100"), {
      headers: { "accept-encoding": "gzip" },
    });
    expect(response.headers.get("content-encoding")).toBe("gzip");
    const body = Bun.gunzipSync(await response.bytes());
    expect(body.length).toBe(100);
  });

  test("does not follow redirects", async () => {
    const response = await toTestServer().stream(https("/loop"));
    expect(response.status).toBe(302);
  });

  test("ends a body that is too large, declared or not", async () => {
    const fetch = toTestServer();
    expect(await reasonOf(fetch.stream(https("/size?to=10001")))).toBe("size");
    const chunked = await fetch.stream(https("/chunked"));
    expect(await reasonOf(chunked.bytes())).toBe("size");
  });

  test("ends a body that falls silent, and headers that never come", async () => {
    const fetch = toTestServer();
    const silent = await fetch.stream(https("/silent"), { idleTimeoutMs: 50 });
    expect(await reasonOf(silent.bytes())).toBe("timeout");
    const never = fetch.stream(https("/never"), { timeoutMs: 100 });
    expect(await reasonOf(never)).toBe("timeout");
  });

  test("a slow but lively body outlives the time for headers", async () => {
    const response = await toTestServer().stream(https("/trickle"), {
      timeoutMs: 800,
      idleTimeoutMs: 10_000,
    });
    const reader = response.body!.getReader();
    const until = performance.now() + 1000;
    while (performance.now() < until) {
      expect((await reader.read()).done).toBe(false);
    }
    await reader.cancel();
  });
});
