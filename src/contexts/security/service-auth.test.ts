import { describe, expect, test } from "bun:test";
import { createFakeClock } from "#lib/clock.ts";
import { XrpcError } from "#lib/errors.ts";
import { generatePrivateKey, type Curve } from "#repo/keys.ts";
import { createSigner, type Signer } from "#repo/signer.ts";
import type { Did } from "#repo/syntax.ts";
import { formatJwt } from "./jwt.ts";
import { createPasswords } from "./passwords.ts";
import { createSecurity } from "./security.ts";
import { createServiceAuth, verifyServiceAuth } from "./service-auth.ts";

const ALICE = "did:plc:alice" as Did;
const US = "did:web:pds.test";
const LXM = "com.atproto.server.createAccount";
const ORDER = {
  k256: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
  p256: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
};

const clock = createFakeClock();
const NO_ADMIN = {
  ...{ adminPassword: null, adminTokenHash: null, mostFailures: null },
  passwords: createPasswords(),
};
const nowSec = clock.nowMs() / 1000;

function signerOf(curve: Curve): Signer {
  return createSigner(curve, generatePrivateKey(curve));
}

const signer = signerOf("k256");
const p256 = signerOf("p256");

interface Forgery {
  header?: object;
  claims?: object;
  signer?: Signer;
  alter?(signature: Uint8Array): Uint8Array;
}

function token({
  header,
  claims,
  signer: by = signer,
  alter = (s) => s,
}: Forgery): string {
  return formatJwt(
    { typ: "JWT", alg: by.jwtAlg, ...header },
    { iss: ALICE, aud: US, exp: nowSec + 60, lxm: LXM, jti: "1", ...claims },
    (input) => alter(by.sign(input)),
  );
}

function highS(curve: Curve) {
  return (signature: Uint8Array): Uint8Array => {
    const s = BigInt(
      `0x${Buffer.from(signature.subarray(32)).toString("hex")}`,
    );
    const high = (ORDER[curve] - s).toString(16).padStart(64, "0");
    return Buffer.concat([signature.subarray(0, 32), Buffer.from(high, "hex")]);
  };
}

function der(signature: Uint8Array): Uint8Array {
  const integer = (bytes: Uint8Array) => [0x02, 33, 0, ...bytes];
  const body = [
    ...integer(signature.subarray(0, 32)),
    ...integer(signature.subarray(32)),
  ];
  return new Uint8Array([0x30, body.length, ...body]);
}

async function verify(
  jwt: string,
  key: string | null = signer.didKey,
  lxm: string | null = LXM,
): Promise<string> {
  try {
    const claims = await verifyServiceAuth(jwt, {
      audiences: [US, `${US}#atproto_pds`],
      lxm,
      resolveKey: async () => key,
      clock,
    });
    return `ok ${claims.iss}`;
  } catch (error) {
    if (!(error instanceof XrpcError)) throw error;
    expect(error.status).toBe(401);
    return error.error;
  }
}

const accepted = `ok ${ALICE}`;
const p256Key = p256.didKey;

/** What is sent, what comes of it, and the issuer's key where it isn't the usual one. */
const cases: [string, Forgery, string, (string | null)?][] = [
  ["k256", {}, accepted],
  ["p256", { signer: p256 }, accepted, p256Key],
  [
    "our DID with the service named",
    { claims: { aud: `${US}#atproto_pds` } },
    accepted,
  ],
  ["no jti", { claims: { jti: undefined } }, accepted],
  ["kid #atproto", { header: { kid: "#atproto" } }, accepted],
  ["kid with the DID", { header: { kid: `${ALICE}#atproto` } }, accepted],
  ["issuer with fragment", { claims: { iss: `${ALICE}#atproto` } }, accepted],
  ["high s, k256", { alter: highS("k256") }, accepted],
  ["high s, p256", { signer: p256, alter: highS("p256") }, accepted, p256Key],
  ["DER signature", { alter: der }, "BadJwtSignature"],
  ["short signature", { alter: (s) => s.subarray(1) }, "BadJwtSignature"],
  ["other key", { signer: signerOf("k256") }, "BadJwtSignature"],
  ["alg of the other curve", { header: { alg: "ES256" } }, "BadJwtSignature"],
  ["key of the other curve", {}, "BadJwtSignature", p256Key],
  ["alg none", { header: { alg: "none" } }, "BadJwtSignature"],
  [
    "alg that is no text",
    { header: { alg: { toString: "ES256K" } } },
    "BadJwtSignature",
  ],
  ["alg of an object", { header: { alg: "__proto__" } }, "BadJwtSignature"],
  [
    "issuer with a fragment of an object",
    { claims: { iss: `${ALICE}#constructor` } },
    "BadJwtIss",
  ],
  ["alg HS256", { header: { alg: "HS256" } }, "BadJwtSignature"],
  ["expired", { claims: { exp: nowSec } }, "JwtExpired"],
  ["expires in a day", { claims: { exp: nowSec + 86_400 } }, "BadJwt"],
  ["expiry no number", { claims: { exp: "soon" } }, "BadJwt"],
  [
    "other audience",
    { claims: { aud: "did:web:other.test" } },
    "BadJwtAudience",
  ],
  [
    "other service of ours",
    { claims: { aud: `${US}#chat` } },
    "BadJwtAudience",
  ],
  ["no audience", { claims: { aud: undefined } }, "BadJwt"],
  ["other method", { claims: { lxm: "com.example.x" } }, "BadJwtLexiconMethod"],
  ["no method", { claims: { lxm: undefined } }, "BadJwtLexiconMethod"],
  ["issuer no DID", { claims: { iss: "alice.test" } }, "BadJwtIss"],
  ["no issuer", { claims: { iss: undefined } }, "BadJwt"],
  ["other key of the issuer", { header: { kid: "#signing" } }, "BadJwtIss"],
  [
    "labeler's key",
    { claims: { iss: `${ALICE}#atproto_labeler` } },
    "BadJwtIss",
  ],
  [
    "kid against fragment",
    { header: { kid: "#a" }, claims: { iss: `${ALICE}#atproto` } },
    "BadJwtIss",
  ],
  ["kid of another DID", { header: { kid: "did:plc:bob#atproto" } }, "BadJwt"],
  ["issuer without a key", {}, "BadJwtIss", null],
  ["access token", { header: { typ: "at+jwt" } }, "BadJwtType"],
  ["refresh token", { header: { typ: "refresh+jwt" } }, "BadJwtType"],
  ["DPoP proof", { header: { typ: "dpop+jwt" } }, "BadJwtType"],
];

describe("a service token", () => {
  for (const [name, forgery, outcome, key] of cases) {
    test(name, async () => {
      expect(await verify(token(forgery), key)).toBe(outcome);
    });
  }

  test.each([
    "",
    "a.b",
    "a.b.c",
    "e30.e30.",
    "....",
    "e30.W10.AA",
    "🙂.e30.AA",
  ])("%j is malformed", async (text) => {
    expect(await verify(text)).toBe("BadJwt");
  });

  test("of any method passes where none is expected", async () => {
    const jwt = token({ claims: { lxm: undefined } });
    expect(await verify(jwt, signer.didKey, null)).toBe(accepted);
  });

  test("that we make is one that we accept", async () => {
    for (const by of [signer, p256]) {
      const jwt = createServiceAuth({
        iss: ALICE,
        aud: US,
        lxm: LXM,
        signer: by,
        clock,
      });
      expect(await verify(jwt, by.didKey)).toBe(accepted);
    }
  });
});

describe("the key of an issuer", () => {
  test("is looked up again once when the signature doesn't fit", async () => {
    const asked: boolean[] = [];
    const claims = await verifyServiceAuth(token({}), {
      audiences: [US],
      lxm: LXM,
      clock,
      async resolveKey(_did, { refresh }) {
        asked.push(refresh);
        return refresh ? signer.didKey : p256Key;
      },
    });
    expect(claims.iss).toBe(ALICE);
    expect(asked).toEqual([false, true]);
  });

  test("that can't be resolved is the caller's fault", async () => {
    const resolveKey = async () => {
      throw new XrpcError("NotFound", "no such DID");
    };
    const outcome = await verifyServiceAuth(token({}), {
      audiences: [US],
      lxm: LXM,
      clock,
      resolveKey,
    }).catch((error: XrpcError) => error.error);
    expect(outcome).toBe("BadJwtIss");
  });

  test("is fetched anew for bad tokens once in ten seconds", async () => {
    const pauses = createFakeClock();
    let fetches = 0;
    const security = createSecurity({
      ...NO_ADMIN,
      serviceDid: US,
      modServiceDid: null,
      clock: pauses,
      async resolveKey(_did, { refresh }) {
        if (refresh) fetches++;
        return p256Key;
      },
    });
    const attempt = () =>
      security
        .verifyServiceAuth(token({}), { lxm: LXM })
        .catch((error: XrpcError) => error.error);
    expect(await attempt()).toBe("BadJwtSignature");
    expect(await attempt()).toBe("BadJwtSignature");
    expect(fetches).toBe(1);
    pauses.advance(10_000);
    await attempt();
    expect(fetches).toBe(2);
  });
});

describe("using a service token", () => {
  const security = createSecurity({
    ...NO_ADMIN,
    serviceDid: US,
    modServiceDid: null,
    resolveKey: async () => signer.didKey,
    clock,
  });

  test("once is enough, but a failed call may try again", async () => {
    const jwt = token({ claims: { jti: "once" } });
    await security.verifyServiceAuth(jwt, { lxm: LXM });
    const { caller, spend } = await security.verifyServiceAuth(jwt, {
      lxm: LXM,
    });
    expect(caller).toEqual({ kind: "service", did: ALICE, aud: US, lxm: LXM });
    spend();
    expect(
      await security
        .verifyServiceAuth(jwt, { lxm: LXM })
        .catch((error: XrpcError) => error.error),
    ).toBe("BadJwt");
  });

  test.each([
    ["com.atproto.repo.uploadBlob", { jti: "many" }],
    [LXM, { jti: undefined }],
  ])("again is possible for %s with %j", async (lxm, claims) => {
    const jwt = token({ claims: { lxm, ...claims } });
    for (let i = 0; i < 3; i++) {
      const { spend } = await security.verifyServiceAuth(jwt, { lxm });
      spend();
    }
  });
});

describe("a token of the moderation service", () => {
  const MODS = "did:plc:modsmodsmodsmodsmodsmods" as Did;

  function outcome(
    claims: Record<string, unknown>,
    modServiceDid: Did | null = MODS,
  ): Promise<string> {
    const asked: string[] = [];
    return createSecurity({
      ...NO_ADMIN,
      serviceDid: US,
      modServiceDid,
      async resolveKey(_did, { keyId }) {
        asked.push(keyId);
        return signer.didKey;
      },
      clock,
    })
      .verifyModerator(token({ claims }), { lxm: LXM })
      .then(
        ({ caller }) => `${"did" in caller && caller.did} by ${asked.join()}`,
        (error: XrpcError) => error.error,
      );
  }

  test("is signed with the key of its account or of its labeler", async () => {
    expect(await outcome({ iss: MODS })).toBe(`${MODS} by atproto`);
    expect(await outcome({ iss: `${MODS}#atproto_labeler` })).toBe(
      `${MODS} by atproto_label`,
    );
    expect(await outcome({ iss: `${MODS}#signing` })).toBe("BadJwtIss");
  });

  test("is nobody else's", async () => {
    expect(await outcome({})).toBe("UntrustedIss");
    expect(await outcome({ iss: MODS }, null)).toBe("UntrustedIss");
  });
});
