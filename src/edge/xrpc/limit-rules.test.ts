import { afterAll, beforeAll, expect, test } from "bun:test";
import { startTestEdge, type TestEdge } from "#edge/edge-fixture.ts";

const EMPTY = new Uint8Array(0);
const DID = "did:plc:aliceeeeeeeeeeeeeeeeeeee";
const input = {
  reset: { token: "AAAAA-AAAAA", password: "password" },
  deletion: { did: DID, password: "password", token: "AAAAA-AAAAA" },
};

let host: TestEdge;

beforeAll(() => {
  host = startTestEdge({
    settings: { rateLimitsEnabled: true },
    checks: "off",
  });
});
afterAll(() => host.edge.stop());

test.each([
  ["server.requestEmailConfirmation", 5, undefined],
  ["server.requestEmailUpdate", 5, undefined],
  ["server.requestAccountDelete", 5, undefined],
  ["identity.requestPlcOperationSignature", 5, undefined],
  ["server.requestPasswordReset", 15, { email: "alice@mail.test" }],
  ["server.resetPassword", 50, input.reset],
  ["server.deleteAccount", 50, input.deletion],
  ["identity.updateHandle", 10, { handle: "alice.test" }],
  ["identity.refreshIdentity", 60, { identifier: DID }],
])(
  "%s may be called %d times in its shortest window",
  async (name, times, json) => {
    const call = async () => {
      const body = json === undefined ? { body: EMPTY } : { json };
      const init = { token: "main", method: "POST", ...body };
      const response = await host.call(`com.atproto.${name}`, init);
      await response.body?.cancel();
      return response.status;
    };
    for (let i = 0; i < times; i++) expect(await call()).toBe(200);
    expect(await call()).toBe(429);
  },
);
