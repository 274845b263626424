import { expect } from "bun:test";
import { generatePrivateKey } from "#repo/keys.ts";
import { createSigner } from "#repo/signer.ts";
import type { Made, ScenarioTable } from "../scenario.ts";
import type { Stranger, World } from "../world.ts";

const CREATE_ACCOUNT = "com.atproto.server.createAccount";

const newAccount =
  (more: object = {}) =>
  ({ unique }: World): Made => {
    const name = `new${unique()}`;
    return {
      input: {
        handle: `${name}.test`,
        email: `${name}@mail.test`,
        password: "correct horse",
        ...more,
      },
    };
  };

/** The account of somebody who brings their DID, or nearly so. */
const arrival =
  (
    more: { input?: object; lxm?: string; token?(made: Arrival): string } = {},
  ) =>
  async (world: World): Promise<Made> => {
    const stranger = await world.addStranger();
    const { lxm = CREATE_ACCOUNT, token = honest } = more;
    const { did, handle } = stranger;
    const made = newAccount({ did, handle, ...more.input })(world);
    return { ...made, token: token({ world, stranger, lxm }) };
  };

interface Arrival {
  world: World;
  stranger: Stranger;
  lxm: string;
}

const honest = ({ world, stranger, lxm }: Arrival) =>
  world.serviceToken(stranger, lxm);

const nowSec = ({ clock }: World) => Math.floor(clock.nowMs() / 1000);

export const serverAccounts: ScenarioTable = {
  [CREATE_ACCOUNT]: [
    {
      name: "makes an account and signs in",
      call: newAccount(),
      body: {
        did: expect.stringMatching(/^did:plc:[a-z2-7]{24}$/),
        handle: expect.stringMatching(/^new\d+\.test$/),
        accessJwt: expect.any(String),
        refreshJwt: expect.any(String),
      },
      async check({ body }, { call }) {
        const { did } = body;
        const params = { did };
        const status = await call("com.atproto.sync.getRepoStatus", { params });
        expect(status.body).toMatchObject({ did, active: true });
        const repo = await call("com.atproto.sync.getRepo", { params });
        expect(repo.status).toBe(200);
      },
    },
    {
      name: "takes a handle in any case",
      call: ({ unique, ...world }) => {
        const handle = `New${unique()}.TEST`;
        return newAccount({ handle })({ unique, ...world });
      },
      body: { handle: expect.stringMatching(/^new\d+\.test$/) },
    },
    ...[
      "no-dots",
      "bad_label.test",
      "-x-.test",
      "a..test",
      "",
      "@abc.test",
    ].map((handle) => ({
      name: `refuses the handle "${handle}"`,
      call: newAccount({ handle }),
      status: 400,
      // What is no handle at all does not even fit the lexicon.
      error: "InvalidRequest",
    })),
    ...[
      "ab.test",
      `${"x".repeat(19)}.test`,
      "two.labels.test",
      "me.invalid",
    ].map((handle) => ({
      name: `does not give out the handle "${handle}"`,
      call: newAccount({ handle }),
      status: 400,
      error: "InvalidHandle",
    })),
    {
      name: "does not give out a name of another domain",
      call: newAccount({ handle: "me.example.com" }),
      status: 400,
      error: "UnsupportedDomain",
    },
    {
      name: "gives a name out once",
      call: newAccount({ handle: "Alice.test" }),
      status: 400,
      error: "HandleNotAvailable",
    },
    {
      name: "keeps the names of the operator",
      call: newAccount({ handle: "admin.test" }),
      status: 400,
      error: "HandleNotAvailable",
    },
    {
      name: "needs a password",
      call: newAccount({ password: undefined }),
      status: 400,
      error: "InvalidPassword",
    },
    {
      name: "takes a password of 256 characters",
      call: newAccount({ password: "x".repeat(256) }),
    },
    {
      name: "refuses a password of 257 characters",
      call: newAccount({ password: "x".repeat(257) }),
      status: 400,
      error: "InvalidPassword",
    },
    ...[undefined, "", "nobody", "a@b", "a b@mail.test"].map((email) => ({
      name: `refuses the e-mail address "${email}"`,
      call: newAccount({ email }),
      status: 400,
      error: "InvalidRequest",
    })),
    {
      name: "takes an e-mail address once, in whatever case",
      call: newAccount({ email: "Alice@mail.test" }),
      status: 400,
      error: "InvalidRequest",
    },
    {
      name: "does not mind an invite code that is not asked for",
      call: newAccount({ inviteCode: "whatever" }),
    },
    {
      name: "puts the owner's key above its own",
      call: newAccount({
        recoveryKey: createSigner("k256", generatePrivateKey("k256")).didKey,
      }),
    },
    {
      name: "refuses a recovery key that is none",
      call: newAccount({ recoveryKey: "did:key:zzz" }),
      status: 400,
      error: "InvalidRequest",
    },
    {
      name: "refuses a PLC operation of the caller's",
      call: newAccount({ plcOp: {} }),
      status: 400,
      error: "InvalidRequest",
    },
    {
      name: "makes a silent, deactivated account for a DID that is proven",
      call: arrival(),
      body: { did: expect.stringMatching(/^did:plc:/) },
      async check({ body }, { call }) {
        const { did, accessJwt: token } = body;
        const session = await call("com.atproto.server.getSession", { token });
        expect(session.body).toMatchObject({
          did,
          active: false,
          status: "deactivated",
        });
        const status = await call("com.atproto.sync.getRepoStatus", {
          params: { did },
        });
        expect(status.body).toEqual({
          did,
          active: false,
          status: "deactivated",
        });
      },
    },
    {
      name: "refuses a DID without proof",
      call: async (world) => ({
        ...(await arrival()(world)),
        token: undefined,
      }),
      status: 401,
      error: "AuthenticationRequired",
    },
    {
      name: "refuses a DID that another one proves",
      call: arrival({ input: { did: "did:plc:abcdefghijklmnopqrstuvwx" } }),
      status: 401,
      error: "AuthenticationRequired",
    },
    {
      name: "refuses a DID that has an account here",
      call: (world) => {
        const { did } = world.accounts.bob;
        const signer = world.network.app.accounts.getSigner(did as never);
        const stranger = { did, signer } as Stranger;
        const token = world.serviceToken(stranger, CREATE_ACCOUNT);
        return { ...newAccount({ did })(world), token };
      },
      status: 400,
      error: "AlreadyExists",
      check: ({ body }) => expect(body.message).toContain("already exists"),
    },
    {
      name: "refuses somebody else's name with a DID",
      call: arrival({ input: { handle: "alice.test" } }),
      status: 400,
      error: "HandleNotAvailable",
    },
    {
      name: "refuses a foreign name that does not lead to the DID",
      call: arrival({ input: { handle: "nobody.example.com" } }),
      status: 400,
      error: "InvalidHandle",
    },
    {
      name: "refuses a proof for another method",
      call: arrival({ lxm: "com.atproto.repo.uploadBlob" }),
      status: 401,
      error: "BadJwtLexiconMethod",
    },
    {
      name: "refuses a proof that has expired",
      call: arrival({
        token: ({ world, stranger, lxm }) =>
          world.serviceToken(stranger, lxm, { expSec: nowSec(world) - 1 }),
      }),
      status: 401,
      error: "JwtExpired",
    },
    {
      name: "refuses a proof for another host",
      call: arrival({
        token: ({ world, stranger, lxm }) =>
          world.serviceToken(stranger, lxm, { aud: "did:web:other.test" }),
      }),
      status: 401,
      error: "BadJwtAudience",
    },
    {
      name: "refuses a proof by another key",
      call: arrival({
        token: ({ world, stranger, lxm }) => {
          const signer = createSigner("k256", generatePrivateKey("k256"));
          return world.serviceToken({ ...stranger, signer }, lxm);
        },
      }),
      status: 401,
      error: "BadJwtSignature",
    },
    {
      name: "refuses a proof of an issuer that does not exist",
      call: arrival({
        token: ({ world, stranger, lxm }) => {
          const did = "did:plc:abcdefghijklmnopqrstuvwx" as Stranger["did"];
          return world.serviceToken({ ...stranger, did }, lxm);
        },
      }),
      status: 401,
      error: "BadJwtIss",
    },
    {
      name: "refuses a session's token as a proof",
      call: arrival({ token: ({ world }) => world.tokens.bob }),
      status: 401,
      error: "BadJwtType",
    },
    {
      name: "refuses a DID whose document has gone meanwhile",
      call: async (world) => {
        const host = await startWebIdentity();
        const { stranger } = host;
        const token = world.serviceToken(stranger, CREATE_ACCOUNT);
        // The first look, at the proof's key, is kept; the second finds nothing.
        await world.call("com.atproto.repo.uploadBlob", {
          token: world.serviceToken(stranger, "com.atproto.repo.uploadBlob"),
          input: "x",
          type: "text/plain",
        });
        await host.stop();
        return { ...newAccount({ did: stranger.did })(world), token };
      },
      status: 400,
      error: "UnresolvableDid",
    },
  ],

  "com.atproto.server.reserveSigningKey": [
    {
      name: "keeps a key for a DID",
      call: { input: { did: "did:plc:abcdefghijklmnopqrstuvwx" } },
      body: { signingKey: expect.stringMatching(/^did:key:zQ3s/) },
      async check({ body }, { call }) {
        const input = { did: "did:plc:abcdefghijklmnopqrstuvwx" };
        const again = await call("com.atproto.server.reserveSigningKey", {
          input,
        });
        expect(again.body).toEqual(body);
      },
    },
    {
      name: "keeps a key for whoever it will be",
      call: { input: {} },
      body: { signingKey: expect.stringMatching(/^did:key:zQ3s/) },
    },
    {
      name: "refuses a DID that is none",
      call: { input: { did: "did:plc" } },
      status: 400,
      error: "InvalidRequest",
    },
  ],
};

/** A did:web on this machine that proves itself until it is stopped. */
async function startWebIdentity() {
  const signer = createSigner("k256", generatePrivateKey("k256"));
  let did = "";
  const server = Bun.serve({
    port: 0,
    hostname: "localhost",
    fetch: () =>
      Response.json({
        id: did,
        verificationMethod: [
          {
            id: `${did}#atproto`,
            type: "Multikey",
            controller: did,
            publicKeyMultibase: signer.didKey.slice("did:key:".length),
          },
        ],
      }),
  });
  did = `did:web:localhost%3A${server.port}`;
  return {
    stranger: { did, signer, handle: "web.test" } as Stranger,
    stop: () => server.stop(true),
  };
}
