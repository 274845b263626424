import { afterEach, describe, expect, test } from "bun:test";
import { startTestEdge, type TestEdge } from "#edge/edge-fixture.ts";
import { isPackable, packed, wholeResponse } from "./whole-body.ts";

const LONG = `{"words":"${"to be packed, ".repeat(200)}ü"}`;

const asked = (headers: Record<string, string>) =>
  new Request("http://pds.test/", { headers });

function answer(cacheControl?: string): Response {
  return wholeResponse(LONG, {
    headers: {
      "Content-Type": "application/json",
      ...(cacheControl !== undefined && { "Cache-Control": cacheControl }),
    },
  });
}

const packingOf = (accepted: string) =>
  packed(asked({ "accept-encoding": accepted }), answer()).headers.get(
    "content-encoding",
  );

async function unpack(response: Response): Promise<string> {
  const bytes = await response.bytes();
  switch (response.headers.get("content-encoding")) {
    case "zstd":
      return new TextDecoder().decode(Bun.zstdDecompressSync(bytes));
    case "gzip":
      return new TextDecoder().decode(Bun.gunzipSync(bytes));
    default:
      return new TextDecoder().decode(bytes);
  }
}

describe("an answer is packed", () => {
  test.each([
    ["gzip", "gzip"],
    ["zstd", "zstd"],
    ["gzip, deflate, br, zstd", "zstd"],
    ["GZIP;q=0.5", "gzip"],
    ["zstd;q=0, gzip", "gzip"],
    ["zstd; q=0.000,gzip;q=1", "gzip"],
  ])("for %p as %s", async (accepted, expected) => {
    expect(isPackable(asked({ "accept-encoding": accepted }))).toBe(true);
    const request = asked({ "accept-encoding": accepted });
    const response = packed(request, answer());
    expect(response.headers.get("content-encoding")).toBe(expected);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(response.headers.get("vary")).toBe("Accept-Encoding");
    const bytes = await response.clone().bytes();
    expect(bytes.length).toBeLessThan(LONG.length / 4);
    expect(await unpack(response)).toBe(LONG);
  });

  test.each(["", "identity", "br", "deflate", "gzip;q=0", "gzipped", "*;q=0"])(
    "for %p not",
    (accepted) => expect(packingOf(accepted)).toBeNull(),
  );

  test("not where nothing is said, where it is short, and where it may be a stream", () => {
    const request = asked({ "accept-encoding": "gzip" });
    expect(packed(asked({}), answer()).headers.get("vary")).toBe(
      "Accept-Encoding",
    );
    for (const plain of [
      wholeResponse("short", { headers: {} }),
      new Response(LONG),
    ]) {
      expect(packed(request, plain)).toBe(plain);
      expect(plain.headers.get("content-encoding")).toBeNull();
    }
  });
});

describe("an answer that may be kept", () => {
  const tagOf = (response: Response) => response.headers.get("etag");
  const tag = tagOf(packed(asked({}), answer("private, no-cache")))!;

  test("has a name, the same however it is packed", () => {
    expect(tag).toMatch(/^W\/"[\w-]{16}"$/);
    for (const accepted of ["gzip", "zstd"]) {
      const request = asked({ "accept-encoding": accepted });
      expect(tagOf(packed(request, answer("public, max-age=60")))).toBe(tag);
    }
  });

  test.each([
    (own: string) => own,
    (own: string) => `"other", ${own}`,
    (own: string) => own.slice(2),
  ])("is not sent to who has it", async (given) => {
    const request = asked({ "if-none-match": given(tag) });
    const response = packed(request, answer("private, no-cache"));
    expect(response.status).toBe(304);
    expect(tagOf(response)).toBe(tag);
    expect(response.headers.get("cache-control")).toBe("private, no-cache");
    expect(await response.text()).toBe("");
  });

  test("is sent to who has another, and others have no name", () => {
    const other = asked({ "if-none-match": 'W/"other"' });
    expect(packed(other, answer("private, no-cache")).status).toBe(200);
    for (const rule of [
      undefined,
      "no-store",
      "private",
      "max-age=9, immutable",
    ]) {
      const request = asked({ "if-none-match": tag });
      const response = packed(request, answer(rule));
      expect(response.status).toBe(200);
      expect(tagOf(response)).toBeNull();
    }
  });
});

describe("the server", () => {
  let host: TestEdge;
  afterEach(() => host.edge.stop(0));
  /** The length is what went over the wire; fetch unpacks by itself. */
  const get = (path: string, headers: Record<string, string>) =>
    fetch(host.origin + path, { headers, decompress: false });

  test("packs large answers of methods, and leaves small ones", async () => {
    host = startTestEdge();
    const records = Array.from({ length: 40 }, (_, i) => ({
      uri: `at://did:web:a.test/com.example.thing/${i}`,
      cid: "bafyreia2hlcuvcaxgmj44yfrdlbthjfpwtvl2iqj5qnbqcmvyrtizbgvwe",
      value: { $type: "com.example.thing" },
    }));
    host.answer = () => ({ records });
    const call = (accepted: string) =>
      host.call("com.atproto.repo.listRecords", {
        query: "?repo=a.test&collection=com.example.thing",
        headers: { "accept-encoding": accepted },
      });
    const plain = await call("identity");
    const sizeBytes = Number(plain.headers.get("content-length"));
    expect(await plain.json()).toEqual({ records });
    for (const packing of ["gzip", "zstd"]) {
      const answered = await call(packing);
      expect(answered.headers.get("content-encoding")).toBe(packing);
      expect(answered.headers.get("content-type")).toStartWith(
        "application/json",
      );
      const length = Number(answered.headers.get("content-length"));
      expect(length).toBeLessThan(sizeBytes / 4);
      expect(await answered.json()).toEqual({ records });
    }
    host.answer = () => ({ records: [] });
    const small = await call("gzip");
    expect(small.headers.get("content-encoding")).toBeNull();
  });

  test("asks of a page of the manual only whether it is still the same", async () => {
    host = startTestEdge();
    const first = await get("/docs", { "accept-encoding": "gzip" });
    expect(first.status).toBe(200);
    expect(first.headers.get("content-encoding")).toBe("gzip");
    expect(first.headers.get("vary")).toContain("Accept-Language");
    const headers = { "if-none-match": first.headers.get("etag")! };
    const again = await get("/docs", headers);
    expect(again.status).toBe(304);
    expect(again.headers.get("server")).toBe("Tempest");
    const german = { ...headers, "accept-language": "de" };
    expect((await get("/docs", german)).status).toBe(200);
  });

  test("packs no page that may show a secret, and keeps none", async () => {
    host = startTestEdge();
    for (const path of ["/account", "/account/reset-password", "/admin"]) {
      const response = await get(path, { "accept-encoding": "gzip, zstd" });
      expect(response.headers.get("content-encoding")).toBeNull();
      expect(response.headers.get("etag")).toBeNull();
      await response.body?.cancel();
    }
  });
});
