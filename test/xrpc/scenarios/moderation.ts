import { expect } from "bun:test";
import {
  type ModerationService,
  startModerationService,
} from "../../doubles/moderation-service.ts";
import type { Made, ScenarioTable } from "../scenario.ts";
import type { Identity, World } from "../world.ts";

const REPORT = "com.atproto.moderation.createReport";

const services = new WeakMap<World, ModerationService>();

async function serviceOf(world: World): Promise<ModerationService> {
  const known = services.get(world);
  if (known !== undefined) return known;
  const service = startModerationService();
  await service.register(world.network.plcUrl);
  services.set(world, service);
  return service;
}

const report =
  (as: Identity, more: object = {}) =>
  async (world: World): Promise<Made> => {
    const { proxyName } = await serviceOf(world);
    const { did } = world.accounts.bob;
    return {
      as,
      headers: { "atproto-proxy": proxyName },
      input: {
        reasonType: "com.atproto.moderation.defs#reasonSpam",
        reason: "Buy nothing",
        subject: { $type: "com.atproto.admin.defs#repoRef", did },
        ...more,
      },
    };
  };

export const moderation: ScenarioTable = {
  [REPORT]: [
    {
      name: "goes to the service that is named, in the account's name",
      call: report("alice"),
      body: ({ accounts }) => ({
        id: expect.any(Number),
        reportedBy: accounts.alice.did,
      }),
      async check(_answer, world) {
        const { received } = await serviceOf(world);
        expect(received.at(-1)).toMatchObject({
          nsid: REPORT,
          body: { reason: "Buy nothing" },
        });
      },
    },
    { name: "is made with an app password", call: report("alice:app") },
    {
      name: "is how somebody appeals who was taken down",
      call: report("tara:takendown"),
      body: ({ accounts }) => ({ reportedBy: accounts.tara.did }),
    },
    { name: "is made by the deactivated", call: report("dora") },
    {
      name: "wants a reason",
      call: report("alice", { reasonType: undefined }),
      status: 400,
      error: "InvalidRequest",
    },
    {
      name: "goes nowhere without a service",
      async call(world) {
        const { headers: _, ...made } = await report("alice")(world);
        return made;
      },
      status: 400,
      error: "InvalidRequest",
    },
    {
      name: "is not anonymous",
      async call(world) {
        const { as: _, ...made } = await report("alice")(world);
        return made;
      },
      status: 401,
      error: "AuthMissing",
    },
  ],
};
