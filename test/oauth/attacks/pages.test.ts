import { describe, expect, test } from "bun:test";
import { createPerson } from "../person.ts";
import { alice, bob, network, newClient, usePeople } from "./people-fixture.ts";

usePeople();

describe("the pages", () => {
  async function openRequest() {
    const client = newClient();
    const { body } = await client.push();
    const person = createPerson(network.url);
    const page = await person.open(client.authorizeUrl(body.request_uri));
    return { client, person, page, requestUri: body.request_uri as string };
  }

  test("run nothing, are shown in no frame, and are kept nowhere", async () => {
    const { page } = await openRequest();
    const policy = page.headers.get("content-security-policy")!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("form-action 'self' http://127.0.0.1");
    expect(policy).not.toContain("unsafe");
    // Only the files that this server itself brings along.
    expect(policy).toContain(`; script-src ${network.url}/assets/;`);
    expect(page.html).not.toMatch(/<script(?! type="module" src="\/assets\/)/);
    expect(page.headers.get("x-frame-options")).toBe("DENY");
    expect(page.headers.get("cache-control")).toBe("no-store");
    expect(page.headers.get("access-control-allow-origin")).toBeNull();
  });

  test("belong to the browser that opened the request", async () => {
    const { client, requestUri } = await openRequest();
    const { url } = await createPerson(network.url).open(
      client.authorizeUrl(requestUri),
    );
    expect(new URL(url).searchParams.get("error")).toBe("access_denied");
  });

  test("are of one application", async () => {
    const { person, requestUri } = await openRequest();
    const other = new URLSearchParams({
      client_id: "http://localhost?scope=atproto",
      request_uri: requestUri,
    });
    const { url } = await person.open(
      `${network.url}/oauth/authorize?${other}`,
    );
    expect(new URL(url).searchParams.get("error")).toBe("access_denied");
  });

  test("want a request that was announced", async () => {
    const query = new URLSearchParams({
      client_id: newClient().clientId,
      response_type: "code",
      redirect_uri: "https://evil.example/",
    });
    const page = await createPerson(network.url).open(
      `${network.url}/oauth/authorize?${query}`,
    );
    expect(page.status).toBe(400);
    expect(page.url).toStartWith(network.url);
    expect(page.html).toContain("request_uri");
  });

  test("name the rule that an application breaks, and where it is told", async () => {
    const { html } = await createPerson(network.url).open(
      `${network.url}/oauth/authorize?${new URLSearchParams({
        client_id: "http://localhost?client_name=Bank",
        request_uri: "urn:ietf:params:oauth:request_uri:req-1",
      })}`,
    );
    expect(html).toContain("nothing but scope, once, and redirect_uri");
    const [, href = ""] = /<a href="([^"]*client-rules[^"]*)"/.exec(html)!;
    const [, rule = ""] = href.split("#");
    const told = await (await fetch(href)).text();
    expect(told).toContain(`id="${rule}"`);
  });

  for (const headers of [
    { origin: "https://evil.example" },
    { origin: "null" },
    {},
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
  ] as Record<string, string>[]) {
    test(`take no form that comes with ${JSON.stringify(headers)}`, async () => {
      const { client, person, requestUri } = await openRequest();
      for (const form of ["sign-in", "consent"]) {
        const response = await fetch(`${network.url}/oauth/authorize/${form}`, {
          method: "POST",
          redirect: "manual",
          headers: {
            cookie: [...person.cookies]
              .map((pair) => pair.join("="))
              .join("; "),
            ...("sec-fetch-site" in headers && { origin: network.url }),
            ...headers,
          },
          body: new URLSearchParams({
            client_id: client.clientId,
            request_uri: requestUri,
            identifier: alice.handle,
            password: alice.password,
            decision: "deny",
          }),
        });
        expect(response.status).toBe(403);
      }
    });
  }

  test("are opened by no script and in no frame", async () => {
    const { client, requestUri } = await openRequest();
    for (const headers of [
      { "sec-fetch-mode": "cors" },
      { "sec-fetch-dest": "iframe" },
    ]) {
      const { status } = await fetch(client.authorizeUrl(requestUri), {
        headers: headers as unknown as Record<string, string>,
      });
      expect(status).toBe(400);
    }
  });

  test("say nothing of whether an account is there", async () => {
    const { person, page } = await openRequest();
    const wrong = await person.submit(page, {
      identifier: alice.handle,
      password: "wrong",
    });
    const unknown = await person.submit(page, {
      identifier: "nobody.test",
      password: "wrong",
    });
    const alert = (html: string) => /role="alert"[^>]*>([^<]*)/.exec(html)?.[1];
    expect(wrong.status).toBe(400);
    expect(alert(wrong.html)).toBe(alert(unknown.html)!);
    expect(alert(wrong.html)).toBeTruthy();
  });

  test("show what was typed as text", async () => {
    const { person, page } = await openRequest();
    const { html } = await person.submit(page, {
      identifier: '"><script>alert(1)</script>',
      password: "x",
    });
    expect(html).not.toContain("<script>");
  });

  test("take no app password", async () => {
    const { body } = await network.call(
      "com.atproto.server.createAppPassword",
      { token: alice.accessJwt, input: { name: `app-${Date.now()}` } },
    );
    const { person, page } = await openRequest();
    const answer = await person.submit(page, {
      identifier: alice.handle,
      password: body.password,
    });
    expect(answer.status).toBe(400);
    expect(answer.html).toContain("app password");
  });

  test("give a new cookie to who signs in", async () => {
    const { person, page } = await openRequest();
    const before = person.cookies.get("tempest-device");
    await person.submit(page, {
      identifier: alice.handle,
      password: alice.password,
    });
    expect(before).toBeTruthy();
    expect(person.cookies.get("tempest-device")).not.toBe(before);
  });

  test("let nobody allow for an account that is not signed in", async () => {
    const { person, page } = await openRequest();
    const consent = await person.submit(page, {
      identifier: alice.handle,
      password: alice.password,
    });
    const { url } = await person.submit(consent, {
      account: bob.did,
      decision: "allow",
    });
    expect(new URL(url).searchParams.get("error")).toBe("access_denied");
    expect(new URL(url).searchParams.has("code")).toBe(false);
  });

  test("let nobody else in who knows the request", async () => {
    const { client, requestUri } = await openRequest();
    const thief = createPerson(network.url);
    await thief.open(`${network.url}/oauth/authorize`);
    const response = await fetch(`${network.url}/oauth/authorize/consent`, {
      method: "POST",
      headers: { origin: network.url },
      body: new URLSearchParams({
        client_id: client.clientId,
        request_uri: requestUri,
        account: alice.did,
        decision: "allow",
      }),
    });
    expect(response.status).toBe(400);
  });

  test("answer a request once", async () => {
    const { client, person, page } = await openRequest();
    const consent = await person.submit(page, {
      identifier: alice.handle,
      password: alice.password,
    });
    const back = await person.submit(consent, { decision: "allow" });
    const code = new URL(back.url).searchParams.get("code") ?? "";
    expect((await client.exchange(code)).status).toBe(200);
    for (const again of [
      await person.submit(consent, { decision: "allow" }),
      await person.open(consent.url),
    ]) {
      expect(new URL(again.url).searchParams.get("code")).toBeNull();
      expect(again.html).toContain("The request has ended");
    }
  });

  test("tell the application of a refusal, and end the request", async () => {
    const client = newClient();
    const { back, person, page } = await client.askFor(alice, {
      decision: "deny",
    });
    expect(back.searchParams.get("error")).toBe("access_denied");
    expect(back.searchParams.get("state")).toBe("state-of-the-client");
    const again = await person.submit(page, { decision: "allow" });
    expect(again.status).toBe(400);
  });

  test("lead out of the site only with an answer of this browser, once", async () => {
    for (const to of ["", "https://evil.example/", "x"]) {
      const { status } = await fetch(
        `${network.url}/oauth/authorize/redirect?to=${encodeURIComponent(to)}`,
        { redirect: "manual" },
      );
      expect(status).toBe(400);
    }
  });

  test("let the person give less than was asked", async () => {
    const client = newClient("atproto transition:generic transition:email");
    const { code } = await client.askFor(alice, {
      decision: "allow",
      scope: ["transition:email"],
    });
    const { body } = await client.exchange(code);
    expect(body.scope).toBe("atproto transition:email");
  });

  test("never give more than was asked", async () => {
    const client = newClient("atproto");
    const { code } = await client.askFor(alice, {
      decision: "allow",
      scope: ["transition:generic", "repo:*"],
    });
    const { body } = await client.exchange(code);
    expect(body.scope).toBe("atproto");
  });
});
