import { expect } from "bun:test";
import type { Made, ScenarioTable } from "../scenario.ts";
import type { World } from "../world.ts";

const CREATE = "com.atproto.server.createAppPassword";
const AUD = "did:web:feed.example.com";

const newName = ({ unique }: World) => `name ${unique()}`;

const askFor =
  (params: Made["params"], as: Made["as"] = "alice") =>
  (): Made => ({ as, params: { aud: AUD, ...params } });

const inSeconds =
  (seconds: number, params: Made["params"] = {}) =>
  ({ clock }: World): Made => ({
    as: "alice",
    params: {
      aud: AUD,
      exp: Math.floor(clock.nowMs() / 1000) + seconds,
      ...params,
    },
  });

function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString());
}

const lxm = "app.bsky.feed.getFeedSkeleton";

export const serverAppPasswords: ScenarioTable = {
  [CREATE]: [
    {
      name: "makes a password, and shows it once",
      call: (world) => ({ as: "alice", input: { name: newName(world) } }),
      body: {
        name: expect.stringMatching(/^name /),
        password: expect.stringMatching(/^([a-z2-7]{4}-){3}[a-z2-7]{4}$/),
        privileged: false,
        createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
      },
      async check({ body }, { call, tokens, accounts }) {
        const list = await call("com.atproto.server.listAppPasswords", {
          token: tokens.alice,
        });
        expect(JSON.stringify(list.body)).not.toContain(body.password);
        const session = await call("com.atproto.server.createSession", {
          input: {
            identifier: accounts.alice.did,
            password: body.password,
          },
        });
        expect(session.status).toBe(200);
      },
    },
    {
      name: "makes a privileged one",
      call: (world) => ({
        as: "alice",
        input: { name: newName(world), privileged: true },
      }),
      body: { privileged: true },
    },
    {
      name: "works while the account is deactivated",
      call: (world) => ({ as: "dora", input: { name: newName(world) } }),
    },
    {
      name: "refuses a name that is taken",
      async call(world) {
        const call = { as: "alice" as const, input: { name: newName(world) } };
        await world.call(CREATE, { ...call, token: world.tokens.alice });
        return call;
      },
      status: 400,
      error: "InvalidRequest",
    },
    ...["", "  ", "x".repeat(101)].map((name) => ({
      name: `refuses the name "${name.slice(0, 10)}" of ${name.length}`,
      call: { as: "alice" as const, input: { name } },
      status: 400,
      error: "InvalidRequest",
    })),
    {
      name: "is not for app passwords, privileged or not",
      call: { as: "alice:privileged", input: { name: "more" } },
      status: 400,
      error: "InvalidToken",
    },
    {
      name: "is not for an account that was taken down",
      call: { as: "tara", input: { name: "more" } },
      status: 401,
      error: "AccountTakedown",
    },
  ],

  "com.atproto.server.listAppPasswords": [
    {
      name: "lists without the passwords",
      call: { as: "alice" },
      body: {
        passwords: expect.arrayContaining([
          {
            name: "app false",
            privileged: false,
            createdAt: expect.any(String),
          },
        ]),
      },
    },
    { name: "is for app passwords too", call: { as: "alice:app" } },
    {
      name: "ends when the account is taken down",
      call: { as: "suse" },
      status: 401,
      error: "AccountTakedown",
    },
  ],

  "com.atproto.server.revokeAppPassword": [
    {
      name: "ends the password and its sessions",
      async call({ call, tokens, accounts, unique }) {
        const name = `short-lived ${unique()}`;
        const made = await call(CREATE, {
          token: tokens.alice,
          input: { name },
        });
        const { body } = await call("com.atproto.server.createSession", {
          input: {
            identifier: accounts.alice.did,
            password: made.body.password,
          },
        });
        revoked = body;
        return { as: "alice", input: { name } };
      },
      async check(_answer, { call }) {
        for (const token of [revoked.accessJwt, revoked.refreshJwt]) {
          const { status, body } = await call(
            token === revoked.accessJwt
              ? "com.atproto.server.getSession"
              : "com.atproto.server.refreshSession",
            {
              token,
              ...(token === revoked.refreshJwt && {
                input: new Uint8Array(0),
              }),
            },
          );
          expect([status, body.error]).toEqual([400, "ExpiredToken"]);
        }
      },
    },
    {
      name: "does not mind a name that there is not",
      call: { as: "alice:app", input: { name: "unheard of" } },
    },
  ],

  "com.atproto.server.getServiceAuth": [
    {
      name: "signs a token for another service",
      call: askFor({ lxm }),
      check({ body }, { clock, accounts }) {
        const claims = claimsOf(body.token);
        const nowSec = Math.floor(clock.nowMs() / 1000);
        expect(claims).toMatchObject({
          iss: accounts.alice.did,
          aud: AUD,
          lxm,
          iat: nowSec,
          exp: nowSec + 60,
        });
        expect(claims.jti).toBeString();
      },
    },
    {
      name: "signs a token for any method",
      call: askFor({}),
      check({ body }) {
        expect("lxm" in claimsOf(body.token)).toBe(false);
      },
    },
    {
      name: "takes an audience with a service",
      call: askFor({ aud: `${AUD}#x` }),
    },
    ...["feed.example.com", `${AUD}#`, `${AUD}#a#b`].map((aud) => ({
      name: `refuses the audience ${aud}`,
      call: askFor({ aud }),
      status: 400,
      error: "InvalidRequest",
    })),
    { name: "lasts an hour at most", call: inSeconds(3600, { lxm }) },
    {
      name: "lasts no longer than an hour",
      call: inSeconds(3602, { lxm }),
      status: 400,
      error: "BadExpiration",
    },
    {
      name: "does not begin in the past",
      call: inSeconds(-2, { lxm }),
      status: 400,
      error: "BadExpiration",
    },
    { name: "lasts a minute without a method", call: inSeconds(60) },
    {
      name: "lasts no longer than a minute without a method",
      call: inSeconds(62),
      status: 400,
      error: "BadExpiration",
    },
    ...[
      "com.atproto.server.requestAccountDelete",
      "com.atproto.server.updateEmail",
      "COM.ATPROTO.server.updateEmail",
    ].map((name) => ({
      name: `stands in for nobody in ${name}`,
      call: askFor({ lxm: name }),
      status: 400,
      error: "InvalidRequest",
    })),
    {
      name: "lets the owner chat",
      call: askFor({ lxm: "chat.bsky.convo.getLog" }),
    },
    {
      name: "lets a privileged app password chat",
      call: askFor({ lxm: "chat.bsky.convo.getLog" }, "alice:privileged"),
    },
    {
      name: "does not let an app password chat",
      call: askFor({ lxm: "chat.bsky.convo.getLog" }, "alice:app"),
      status: 400,
      error: "InvalidRequest",
    },
    {
      name: "works while the account is deactivated",
      call: askFor({}, "dora"),
    },
    {
      name: "lets an account that was taken down leave",
      call: askFor(
        { lxm: "com.atproto.server.createAccount" },
        "tara:takendown",
      ),
    },
    {
      name: "lets an account that was taken down do nothing else",
      call: askFor({ lxm }, "tara:takendown"),
      status: 400,
      error: "InvalidToken",
    },
  ],
};

let revoked: { accessJwt: string; refreshJwt: string };
