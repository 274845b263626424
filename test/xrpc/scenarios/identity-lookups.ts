import { expect } from "bun:test";
import { createPlcClient } from "#contexts/identity/plc.ts";
import type { Scenario, ScenarioTable } from "../scenario.ts";
import type { Stranger, World } from "../world.ts";
import { succeed } from "./people.ts";

const NOBODY = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa";

const plcOf = ({ network }: World) =>
  createPlcClient({ url: network.plcUrl, fetch });

async function addEnded(world: World): Promise<Stranger> {
  const stranger = await world.addStranger();
  await plcOf(world).tombstone(stranger.did, stranger.signer);
  return stranger;
}

const refused = (
  name: string,
  error: string,
  call: Scenario["call"],
): Scenario => ({ name, call, status: 400, error });

/** The two methods that answer the same, one with parameters and one with input. */
function lookups(ask: (identifier: string) => object): Scenario[] {
  return [
    {
      name: "finds an account by its handle",
      call: ask("Alice.test"),
      body: ({ accounts: { alice } }) => ({
        did: alice.did,
        handle: "alice.test",
        didDoc: { id: alice.did, alsoKnownAs: ["at://alice.test"] },
      }),
    },
    {
      name: "finds an account by its DID",
      call: ({ accounts }) => ask(accounts.alice.did),
      body: { handle: "alice.test" },
    },
    {
      name: "does not believe a handle that leads nowhere",
      call: async (world) => ask((await world.addStranger()).did),
      body: { handle: "handle.invalid" },
    },
    refused("finds no such handle", "HandleNotFound", ask("nobody.test")),
    refused("finds no such DID", "DidNotFound", ask(NOBODY)),
    refused(
      "finds an identity that was ended",
      "DidDeactivated",
      async (world) => ask((await addEnded(world)).did),
    ),
  ];
}

/** A lexicon that alice publishes under a name of example.com. */
async function publish(world: World, change: object = {}): Promise<string> {
  const nsid = `com.example.greeting${world.unique()}`;
  world.names["_lexicon.example.com"] = [[`did=${world.accounts.alice.did}`]];
  await succeed(world, "com.atproto.repo.createRecord", {
    token: world.tokens.alice,
    input: {
      repo: world.accounts.alice.did,
      collection: "com.atproto.lexicon.schema",
      rkey: nsid,
      record: {
        lexicon: 1,
        id: nsid,
        defs: { main: { type: "token" } },
        ...change,
      },
    },
  });
  return nsid;
}

export const identityLookups: ScenarioTable = {
  "com.atproto.identity.resolveDid": [
    {
      name: "gives the document",
      call: ({ accounts }) => ({ params: { did: accounts.alice.did } }),
      body: ({ accounts: { alice }, network }) => ({
        didDoc: {
          id: alice.did,
          alsoKnownAs: ["at://alice.test"],
          service: [{ serviceEndpoint: network.url }],
        },
      }),
    },
    {
      name: "gives our own document",
      call: ({ serviceDid }) => ({ params: { did: serviceDid } }),
      body: ({ serviceDid }) => ({ didDoc: { id: serviceDid } }),
    },
    refused("finds no such DID", "DidNotFound", { params: { did: NOBODY } }),
    refused("knows two methods", "DidNotFound", {
      params: {
        did: "did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme",
      },
    }),
    refused(
      "finds an identity that was ended",
      "DidDeactivated",
      async (world) => ({
        params: { did: (await addEnded(world)).did },
      }),
    ),
  ],

  "com.atproto.identity.resolveIdentity": lookups((identifier) => ({
    params: { identifier },
  })),

  "com.atproto.identity.refreshIdentity": [
    ...lookups((identifier) => ({ input: { identifier } })),
    {
      name: "sees what has changed",
      call: async (world) => {
        const { did, signer } = await world.addStranger();
        await succeed(world, "com.atproto.identity.resolveDid", {
          params: { did },
        });
        await plcOf(world).update(did, signer, (data) => ({
          ...data,
          alsoKnownAs: ["at://changed.example.com"],
        }));
        return { input: { identifier: did } };
      },
      body: { didDoc: { alsoKnownAs: ["at://changed.example.com"] } },
    },
  ],

  "com.atproto.lexicon.resolveLexicon": [
    {
      name: "fetches what the domain's owner publishes",
      call: async (world) => ({ params: { nsid: await publish(world) } }),
      async check({ body }, world) {
        const { did } = world.accounts.alice;
        const nsid: string = body.schema.id;
        const { cid, value } = await succeed(
          world,
          "com.atproto.repo.getRecord",
          {
            params: {
              repo: did,
              collection: "com.atproto.lexicon.schema",
              rkey: nsid,
            },
          },
        );
        expect(body).toEqual({
          uri: `at://${did}/com.atproto.lexicon.schema/${nsid}`,
          cid,
          schema: value,
        });
      },
    },
    refused(
      "finds no record of that name",
      "LexiconNotFound",
      async (world) => {
        await publish(world);
        return { params: { nsid: "com.example.missing" } };
      },
    ),
    refused("finds no such domain", "LexiconNotFound", {
      params: { nsid: "com.nowhere.thing" },
    }),
    refused("finds a domain that names nobody", "LexiconNotFound", (world) => {
      world.names["_lexicon.nobody.com"] = [[`did=${NOBODY}`]];
      return { params: { nsid: "com.nobody.thing" } };
    }),
    refused(
      "does not take a lexicon of another name",
      "LexiconNotFound",
      async (world) => ({
        params: { nsid: await publish(world, { id: "com.example.other" }) },
      }),
    ),
  ],
};
