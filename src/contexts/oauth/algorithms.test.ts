import { expect, test } from "bun:test";
import { challengeOf, withoutUnsupported } from "./algorithms.ts";

test("no document and no challenge names an algorithm that would fail", () => {
  expect(
    withoutUnsupported({
      dpop_signing_alg_values_supported: ["ES256", "ES256K"],
      request_object_signing_alg_values_supported: ["none", "ES256"],
      token_endpoint_auth_methods_supported: ["none"],
    }),
  ).toEqual({
    dpop_signing_alg_values_supported: ["ES256"],
    request_object_signing_alg_values_supported: ["ES256"],
    // Not a name of an algorithm.
    token_endpoint_auth_methods_supported: ["none"],
  });
  const challenge = (algs: string) =>
    challengeOf({
      wwwAuthenticateHeader: `DPoP algs="${algs}", error="use_dpop_nonce"`,
    });
  expect(challenge("RS256 ES256K ES256")).toBe(
    'DPoP algs="RS256 ES256", error="use_dpop_nonce"',
  );
  const none = { wwwAuthenticateHeader: 'Bearer error="invalid_token"' };
  expect(challengeOf(none)).toBe(none.wwwAuthenticateHeader);
});
