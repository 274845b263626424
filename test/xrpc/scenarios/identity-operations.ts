import { expect } from "bun:test";
import { createPlcClient } from "#contexts/identity/plc.ts";
import {
  cidOfOperation,
  findSigner,
  signPlcOperation,
  type PlcData,
  type PlcOperation,
} from "#contexts/identity/plc-operation.ts";
import { generatePrivateKey } from "#repo/keys.ts";
import { createSigner } from "#repo/signer.ts";
import type { Scenario, ScenarioTable } from "../scenario.ts";
import type { World } from "../world.ts";
import {
  addPerson,
  MINUTE_MS,
  NOTHING,
  requestCode,
  succeed,
  type Person,
} from "./people.ts";

const SIGN = "com.atproto.identity.signPlcOperation";
const SUBMIT = "com.atproto.identity.submitPlcOperation";
const REQUEST = "com.atproto.identity.requestPlcOperationSignature";
const OTHER_KEY = createSigner("k256", generatePrivateKey("k256")).didKey;

let person: Person;

const plcOf = ({ network }: World) =>
  createPlcClient({ url: network.plcUrl, fetch });

const sign =
  (wanted: object = {}) =>
  async (world: World) => {
    person = await addPerson(world);
    const token = await requestCode(world, person, "plcOperation");
    return { token: person.token, input: { token, ...wanted } };
  };

/** An operation of somebody's own, right but for what is changed. */
const submit =
  (change: (data: PlcData) => object = (data) => data) =>
  async (world: World) => {
    person = await addPerson(world);
    const plc = plcOf(world);
    const last = await plc.getLastOp(person.did);
    const data = { ...(await plc.getData(person.did)) };
    const operation = signPlcOperation(
      { ...data, ...change(data) },
      cidOfOperation(last),
      person.recovery,
    );
    return { token: person.token, input: { operation } };
  };

const withService = (data: PlcData, change: object) => ({
  services: { atproto_pds: { ...data.services.atproto_pds, ...change } },
});

const refused = (
  name: string,
  call: Scenario["call"],
  error = "InvalidRequest",
): Scenario => ({ name, call, status: 400, error });

export const identityOperations: ScenarioTable = {
  [REQUEST]: [
    { name: "takes the request", call: { as: "alice", input: NOTHING } },
    {
      name: "is for the deactivated too",
      call: { as: "dora", input: NOTHING },
    },
    {
      name: "lets those leave who were taken down",
      call: { as: "tara:takendown", input: NOTHING },
    },
    refused(
      "is not for app passwords",
      { as: "alice:privileged", input: NOTHING },
      "InvalidToken",
    ),
  ],

  [SIGN]: [
    {
      name: "signs a change and sends nothing",
      call: sign({ alsoKnownAs: ["at://moved.example.com"] }),
      async check({ body }, world) {
        const { operation }: { operation: PlcOperation } = body;
        const plc = plcOf(world);
        const data = await plc.getData(person.did);
        const { sig, ...unsigned } = operation;
        expect(sig).toBeString();
        expect(unsigned).toEqual({
          ...data,
          type: "plc_operation",
          alsoKnownAs: ["at://moved.example.com"],
          prev: cidOfOperation(await plc.getLastOp(person.did)),
        });
        const server = data.rotationKeys.at(-1)!;
        expect(findSigner(operation, [server])).toBe(server);
        expect(await plc.getLog(person.did)).toHaveLength(1);
        await plc.submit(person.did, operation);
        expect(await plc.getLog(person.did)).toHaveLength(2);
      },
    },
    {
      name: "changes keys and services",
      call: sign({
        rotationKeys: [OTHER_KEY],
        verificationMethods: { atproto: OTHER_KEY },
        services: {
          atproto_pds: {
            type: "AtprotoPersonalDataServer",
            endpoint: "https://new.example.com",
          },
        },
      }),
      body: { operation: { rotationKeys: [OTHER_KEY] } },
    },
    refused("needs a code", sign({ token: undefined })),
    refused(
      "refuses a wrong code",
      sign({ token: "AAAAA-AAAAA" }),
      "InvalidToken",
    ),
    refused(
      "refuses a code that was used",
      async (world) => {
        const made = await sign()(world);
        await succeed(world, SIGN, made);
        return made;
      },
      "InvalidToken",
    ),
    refused(
      "refuses a code of 15 minutes ago",
      async (world) => {
        const made = await sign()(world);
        world.clock.advance(15 * MINUTE_MS);
        return made;
      },
      "ExpiredToken",
    ),
    {
      name: "refuses what is no change, and leaves the code good",
      call: async (world) => {
        const made = await sign()(world);
        for (const wrong of [
          { rotationKeys: [1] },
          { verificationMethods: { atproto: 1 } },
          { services: { atproto_pds: "https://new.example.com" } },
        ]) {
          const input = { ...made.input, ...wrong };
          const answer = await world.call(SIGN, { ...made, input });
          expect(answer.status).toBe(400);
          expect(answer.body.error).toBe("InvalidRequest");
        }
        return made;
      },
    },
    refused("refuses an identity that was ended", async (world) => {
      const made = await sign()(world);
      await plcOf(world).tombstone(person.did, person.recovery);
      return made;
    }),
    refused("refuses an identity that is out of our hands", async (world) => {
      const made = await sign()(world);
      const { did, recovery } = person;
      await plcOf(world).update(did, recovery, (data) => ({
        ...data,
        rotationKeys: [recovery.didKey],
      }));
      return made;
    }),
    refused(
      "is not for app passwords",
      { as: "alice:app", input: { token: "AAAAA-AAAAA" } },
      "InvalidToken",
    ),
  ],

  [SUBMIT]: [
    {
      name: "sends what leaves the account working here",
      call: submit(({ alsoKnownAs }) => ({
        alsoKnownAs: [...alsoKnownAs, "https://person.example.com"],
      })),
      async check(_answer, world) {
        const { alsoKnownAs } = await plcOf(world).getData(person.did);
        expect(alsoKnownAs).toHaveLength(2);
        const { didDoc } = await succeed(
          world,
          "com.atproto.identity.resolveDid",
          { params: { did: person.did } },
        );
        expect(didDoc.alsoKnownAs).toEqual(alsoKnownAs);
      },
    },
    {
      name: "may be repeated",
      call: async (world) => {
        const made = await submit(() => ({}))(world);
        await succeed(world, SUBMIT, made);
        return made;
      },
    },
    {
      name: "takes what signPlcOperation has signed",
      call: async (world) => {
        const made = await sign({ rotationKeys: undefined })(world);
        return { ...made, input: await succeed(world, SIGN, made) };
      },
    },
    ...(
      [
        ["our rotation key", () => ({ rotationKeys: [OTHER_KEY] })],
        [
          "the type of the server",
          (data) => withService(data, { type: "Other" }),
        ],
        [
          "the address of the server",
          (data) => withService(data, { endpoint: "https://x.example.com" }),
        ],
        ["a server at all", () => ({ services: {} })],
        [
          "our signing key",
          () => ({ verificationMethods: { atproto: OTHER_KEY } }),
        ],
        ["the handle", () => ({ alsoKnownAs: ["at://other.test"] })],
        [
          "the handle in the first place",
          ({ alsoKnownAs }) => ({
            alsoKnownAs: ["at://other.test", ...alsoKnownAs],
          }),
        ],
      ] as [string, (data: PlcData) => object][]
    ).map(([what, change]) =>
      refused(`refuses an operation without ${what}`, submit(change)),
    ),
    refused("refuses a tombstone", async (world) => {
      const made = await submit()(world);
      const { prev, sig } = made.input.operation;
      const operation = { type: "plc_tombstone", prev, sig };
      return { ...made, input: { operation } };
    }),
    refused("refuses what is no operation", async (world) => {
      const made = await submit()(world);
      return { ...made, input: { operation: { type: "plc_operation" } } };
    }),
    refused("refuses what the directory refuses", async (world) => {
      const made = await submit()(world);
      const operation = { ...made.input.operation, sig: "AAAA" };
      return { ...made, input: { operation } };
    }),
  ],
};
