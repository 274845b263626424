import { describe, expect, test } from "bun:test";
import { createCertificate } from "../../test/doubles/certificate.ts";
import type { SafeFetchConfig } from "./safe-fetch.ts";
import {
  http,
  https,
  reasonOf,
  seen,
  text,
  toTestServer,
  useServers,
} from "./safe-fetch-fixture.ts";

useServers();

function production(config: Partial<SafeFetchConfig> = {}) {
  return toTestServer({ allowLoopback: false, ...config });
}

describe("connecting", () => {
  test("goes to the looked-up address and proves the name by TLS", async () => {
    const asked: string[] = [];
    const fetch = toTestServer({
      lookup: async (name) => {
        asked.push(name);
        return ["127.0.0.1"];
      },
    });
    const response = await fetch(https("/echo"));
    expect(response.status).toBe(200);
    expect(response.url).toBe(https("/echo"));
    const { headers } = JSON.parse(text(response.body));
    expect(headers.host).toBe(new URL(https("/")).host);
    expect(headers["accept-encoding"]).toBe("identity");
    expect(asked).toEqual(["pds.example.com"]);
  });

  test("refuses a certificate for another name, also on a warm connection", async () => {
    const fetch = toTestServer();
    await fetch(https("/"));
    expect(await reasonOf(fetch(https("/", "wrong.example.com")))).toBe("tls");
    expect((await fetch(https("/", "other.example.com"))).status).toBe(200);
  });

  test("refuses a certificate that nobody vouches for", async () => {
    const fetch = toTestServer({ ca: createCertificate(["x.test"]).cert });
    expect(await reasonOf(fetch(https("/")))).toBe("tls");
  });

  test("tries the next address when one refuses the connection", async () => {
    const fetch = toTestServer({ lookup: async () => ["::1", "127.0.0.1"] });
    expect(text((await fetch(https("/"))).body)).toBe("hello");
  });

  test("tells of a closed port and of a name that does not exist", async () => {
    const fetch = toTestServer({
      lookup: () => Promise.reject(new Error("ENOTFOUND")),
    });
    expect(await reasonOf(fetch("http://127.0.0.1:1/"))).toBe("connect");
    expect(await reasonOf(fetch(https("/")))).toBe("dns");
    expect(await reasonOf(fetch(https("/", "a.test")))).toBe("dns");
  });
});

describe("in production", () => {
  test.each([
    "127.0.0.1",
    "10.1.2.3",
    "169.254.169.254",
    "::1",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "93.184.215.14 192.168.0.1",
  ])("a name that resolves to %s is refused", async (addresses) => {
    const before = seen.length;
    const fetch = production({ lookup: async () => addresses.split(" ") });
    expect(await reasonOf(fetch("https://pds.example.com/"))).toBe("address");
    expect(await reasonOf(fetch.stream("https://pds.example.com/"))).toBe(
      "address",
    );
    expect(seen.length).toBe(before);
  });

  test.each([
    "https://127.0.0.1/",
    "https://2130706433/",
    "https://0x7f.1/",
    "https://0177.0.0.1/",
    "https://127.1/",
    "https://1.1.1.1/",
    "https://[::1]/",
    "https://[::ffff:1.1.1.1]/",
    "https://[2606:4700::1111]/",
    "http://pds.example.com/",
    "https://pds.example.com:8443/",
    "https://localhost:2583/",
    "https://user:secret@pds.example.com/",
    "ftp://pds.example.com/",
    "file:///etc/passwd",
    "data:text/plain,hello",
    "/relative",
    "",
    `https://pds.example.com/${"a".repeat(9000)}`,
  ])("%.60s is refused without asking the DNS", async (href) => {
    let asked = 0;
    const fetch = production({
      lookup: async () => {
        asked++;
        return ["93.184.215.14"];
      },
    });
    expect(await reasonOf(fetch(href))).toBe("url");
    expect(asked).toBe(0);
  });

  test("localhost is refused", async () => {
    expect(await reasonOf(production()("https://localhost/"))).toBe("address");
    expect(await reasonOf(production()("https://a.localhost./"))).toBe(
      "address",
    );
  });
});

describe("in development", () => {
  test("plain http and any port work on loopback", async () => {
    expect(text((await toTestServer()(http("/"))).body)).toBe("hello");
  });

  test("localhost needs no DNS", async () => {
    const fetch = toTestServer({
      lookup: () => Promise.reject(new Error("asked")),
    });
    const { body } = await fetch(http("/").replace("127.0.0.1", "localhost"));
    expect(text(body)).toBe("hello");
  });

  test.each([
    "http://10.0.0.1/",
    "http://pds.example.com/",
    "https://1.1.1.1/",
  ])("%s is refused", async (href) => {
    const fetch = toTestServer({ lookup: async () => ["93.184.215.14"] });
    expect(await reasonOf(fetch(href))).toBe("url");
  });

  test("a private address that is not loopback is refused", async () => {
    const fetch = toTestServer({ lookup: async () => ["10.0.0.1"] });
    expect(await reasonOf(fetch("https://a.example/"))).toBe("address");
  });

  test("protection switched off allows other addresses", async () => {
    const fetch = production({ allowAnyAddress: true });
    expect(text((await fetch(https("/"))).body)).toBe("hello");
  });
});

describe("redirects", () => {
  const redirect = (to: string, status = 302) =>
    https(`/redirect?status=${status}&to=${encodeURIComponent(to)}`);

  test("are followed", async () => {
    const response = await toTestServer()(redirect("/"));
    expect(response.status).toBe(200);
    expect(response.url).toBe(https("/"));
  });

  test("are the answer or a failure when asked so", async () => {
    const fetch = toTestServer();
    const kept = await fetch(redirect("/"), { redirect: "manual" });
    expect(kept.status).toBe(302);
    expect(await reasonOf(fetch(redirect("/"), { redirect: "error" }))).toBe(
      "redirect",
    );
  });

  test("end after the limit", async () => {
    const before = seen.length;
    expect(await reasonOf(toTestServer()(https("/loop")))).toBe("redirect");
    expect(seen.length - before).toBe(4);
  });

  test("each hop is checked anew", async () => {
    const fetch = toTestServer({
      lookup: async (name) => [
        name === "pds.example.com" ? "127.0.0.1" : "10.0.0.1",
      ],
    });
    expect(await reasonOf(fetch(redirect("https://inner.example/")))).toBe(
      "address",
    );
    expect(await reasonOf(fetch(redirect("https://10.0.0.1/")))).toBe("url");
    expect(await reasonOf(fetch(redirect("file:///etc/passwd")))).toBe(
      "redirect",
    );
    expect(await reasonOf(fetch(redirect(http("/"))))).toBe("redirect");
  });

  test("lose credentials on the way to another origin", async () => {
    const headers = { authorization: "Bearer x", cookie: "a=b", "x-keep": "1" };
    const fetch = toTestServer();
    const other = await fetch(redirect(https("/echo", "other.example.com")), {
      headers,
    });
    const there = JSON.parse(text(other.body)).headers;
    expect(there.authorization).toBeUndefined();
    expect(there.cookie).toBeUndefined();
    expect(there["x-keep"]).toBe("1");
    const same = await fetch(redirect("/echo"), { headers });
    expect(JSON.parse(text(same.body)).headers.authorization).toBe("Bearer x");
  });

  test.each([
    [302, "GET", ""],
    [303, "GET", ""],
    [307, "POST", "data"],
  ])("%d of a POST becomes %s", async (status, method, body) => {
    const response = await toTestServer()(redirect("/echo", status), {
      method: "POST",
      body: "data",
    });
    expect(JSON.parse(text(response.body))).toMatchObject({ method, body });
  });
});
