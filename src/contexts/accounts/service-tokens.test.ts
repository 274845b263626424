import { describe, expect, test } from "bun:test";
import type { Caller } from "#contexts/security/caller.ts";
import { parseJwt } from "#contexts/security/jwt.ts";
import { verifyServiceAuth } from "#contexts/security/service-auth.ts";
import { alice, house, refusal, useHouse } from "./accounts-fixture.ts";

const AUD = "did:web:other.test";

useHouse();

describe("a token for another service", () => {
  const POST = "com.atproto.repo.createRecord";
  const MOVE = "com.atproto.server.createAccount";
  const nowSec = () => house.clock.nowMs() / 1000;

  function caller(scope: "access" | "appPass" | "takendown"): Caller {
    return { kind: "session", did: alice.did, scope, sessionId: "s" };
  }

  const ask = (
    params: object,
    scope: Parameters<typeof caller>[0] = "access",
  ) =>
    refusal(() => {
      const { token } = house.accounts.getServiceAuth(
        { aud: AUD, ...params },
        caller(scope),
      );
      return parseJwt(token)!.claims.lxm ?? null;
    });

  test("is signed with the account's key", async () => {
    const { token } = house.accounts.getServiceAuth(
      { aud: `${AUD}#svc`, lxm: POST, exp: nowSec() + 3600 },
      caller("access"),
    );
    const key = house.plc.identities.get(alice.did)!.verificationMethods
      .atproto!;
    const claims = await verifyServiceAuth(token, {
      audiences: [`${AUD}#svc`],
      lxm: POST,
      resolveKey: async () => key,
      clock: house.clock,
    });
    expect(claims).toMatchObject({ iss: alice.did, expSec: nowSec() + 3600 });
    const own = house.accounts.signServiceAuth({
      did: alice.did,
      aud: AUD,
      lxm: POST,
    });
    expect(parseJwt(own)!.claims).toMatchObject({ exp: nowSec() + 60 });
  });

  test.each([
    [{ lxm: POST }, "access", `answered "${POST}"`],
    [{}, "access", "answered null"],
    [{ lxm: POST, exp: -1 }, "access", "400 BadExpiration"],
    [{ lxm: POST, exp: 3601 }, "access", "400 BadExpiration"],
    [{ exp: 61 }, "access", "400 BadExpiration"],
    [{ exp: 60 }, "access", "answered null"],
    [{ aud: "other.test" }, "access", "400 InvalidRequest"],
    [{ aud: `${AUD}#` }, "access", "400 InvalidRequest"],
    [{ aud: `${AUD}#a#b` }, "access", "400 InvalidRequest"],
    [{ lxm: "not an nsid" }, "access", "400 InvalidRequest"],
    [
      { lxm: "com.atproto.server.activateAccount" },
      "access",
      "400 InvalidRequest",
    ],
    [
      { lxm: "com.atproto.server.ACTIVATEACCOUNT" },
      "access",
      "400 InvalidRequest",
    ],
    [{ lxm: "chat.bsky.convo.sendMessage" }, "appPass", "400 InvalidRequest"],
    [{ lxm: MOVE }, "appPass", "400 InvalidRequest"],
    [{ lxm: POST }, "appPass", `answered "${POST}"`],
    [{ lxm: MOVE }, "takendown", `answered "${MOVE}"`],
    [{ lxm: POST }, "takendown", "400 InvalidToken"],
    [{}, "takendown", "400 InvalidToken"],
  ] as const)(
    "asked for with %j by %s: %s",
    async (params, scope, expected) => {
      const exp = "exp" in params ? { exp: nowSec() + params.exp } : {};
      expect(await ask({ ...params, ...exp }, scope)).toBe(expected);
    },
  );
});
