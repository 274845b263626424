import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  test,
} from "bun:test";
import { randomBytes } from "node:crypto";
import { createSafeFetch, type SafeFetchConfig } from "#lib/safe-fetch.ts";
import { type Certificate, createCertificate } from "../doubles/certificate.ts";
import {
  assertion,
  createKeyPair,
  createStage,
  metadata,
  publicKeyOf,
  requestFields,
  type Stage,
} from "./confidential-fixture.ts";

/** Applications whose name leads to the server's own machine, as those of developers do. */

const HOST = "app.somewhere.dev";
const clientKey = createKeyPair();
let certificate: Certificate;
let web: ReturnType<typeof Bun.serve>;
let asked = 0;
let stage: Stage;
beforeAll(() => {
  certificate = createCertificate([HOST]);
  web = Bun.serve({
    ...{ port: 0, hostname: "127.0.0.1", tls: certificate },
    fetch(request) {
      asked += 1;
      const { pathname } = new URL(request.url);
      if (pathname === "/keys.json") {
        return Response.json({ keys: [publicKeyOf(clientKey)] });
      }
      return Response.json(
        metadata([], {
          client_id: addressOf(pathname),
          redirect_uris: [addressOf("/callback")],
          ...{ jwks: undefined, jwks_uri: addressOf("/keys.json") },
        }),
      );
    },
  });
});
afterEach(() => stage.close());
afterAll(() => web.stop(true));

const addressOf = (path: string) => `https://${HOST}:${web.port}${path}`;

/** What such an application is answered when it asks first. */
async function push(config: Partial<SafeFetchConfig>) {
  const fetch = createSafeFetch({
    ...{ allowLoopback: false, timeoutMs: 10_000, maxBytes: 1 << 20 },
    ...{ maxRedirects: 0, lookup: async () => ["127.0.0.1"] },
    ca: certificate.cert,
    ...config,
  });
  stage = await createStage({}, {}, { fetch });
  const clientId = addressOf("/client.json");
  const { status, body } = await stage.post("pushRequest", {
    fields: {
      ...requestFields(randomBytes(32).toString("base64url")),
      ...{ client_id: clientId, redirect_uri: addressOf("/callback") },
      ...assertion(clientKey, { claims: { iss: clientId, sub: clientId } }),
    },
    key: createKeyPair(),
  });
  return { status, rule: body.error_uri?.split("#")[1] };
}

describe("an application on the server's own machine", () => {
  test("is read in development, keys and all", async () => {
    expect(await push({ allowLoopback: true })).toMatchObject({ status: 201 });
  });

  test("is read where all addresses are allowed", async () => {
    expect(await push({ allowAnyAddress: true })).toMatchObject({
      status: 201,
    });
  });

  test("is asked nothing by any other server", async () => {
    asked = 0;
    const told = await push({});
    expect(told).toEqual({ status: 400, rule: "answer" });
    expect(asked).toBe(0);
  });

  test.each(["192.168.0.2", "127.0.0.1 10.0.0.1"])(
    "is read in development under no other address (%s)",
    async (addresses) => {
      asked = 0;
      const lookup = async () => addresses.split(" ");
      const told = await push({ allowLoopback: true, lookup });
      expect(told).toEqual({ status: 400, rule: "answer" });
      expect(asked).toBe(0);
    },
  );

  test("is told that its certificate is what is wrong", async () => {
    const { cert } = createCertificate([HOST]);
    const told = await push({ allowLoopback: true, ca: cert });
    expect(told).toEqual({ status: 400, rule: "certificate" });
  });
});
