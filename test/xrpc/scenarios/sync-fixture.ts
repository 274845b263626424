import type { Made, Scenario } from "../scenario.ts";
import type { Identity, World } from "../world.ts";
import { CREATE, THING } from "./repo-fixture.ts";

export type Name = keyof World["accounts"];
export type Params = NonNullable<Made["params"]>;

/** A call about an account, as anybody or as somebody. */
export const about =
  (name: Name, more: Params = {}, as?: Identity) =>
  ({ accounts }: World): Made => ({
    ...(as !== undefined && { as }),
    params: { did: accounts[name].did, ...more },
  });

export const UNKNOWN = "did:plc:abcdefghijklmnopqrstuvwx";

/**
 * What methods that read a repository answer in each state of its account.
 * `more` are the other parameters, good for the accounts that are not active.
 */
export function states(
  more: Params | ((world: World, name: Name) => Promise<Params>),
  options: { withTakendown?: boolean; success?: Scenario["check"] } = {},
): Scenario[] {
  const call =
    (name: Name, as?: Identity): Scenario["call"] =>
    async (world) => {
      const others =
        typeof more === "function" ? await more(world, name) : more;
      return about(name, others, as)(world);
    };
  const refused = (name: Name, error: string): Scenario => ({
    name: `answers ${error} of ${name}`,
    call: call(name),
    status: 400,
    error,
  });
  const allowed = (name: Name, as: Identity): Scenario => ({
    name: `answers ${as} of ${name}`,
    call: call(name, as),
  });
  return [
    {
      name: "answers anybody of an account that is active",
      call: call("bob"),
      ...(options.success && { check: options.success }),
    },
    allowed("bob", "alice"),
    allowed("bob", "admin"),
    refused("dora", "RepoDeactivated"),
    allowed("dora", "dora"),
    allowed("dora", "admin"),
    {
      ...refused("dora", "RepoDeactivated"),
      name: "tells alice nothing of dora",
      call: call("dora", "alice"),
    },
    refused("tara", "RepoTakendown"),
    allowed("tara", "admin"),
    ...(options.withTakendown ? [allowed("tara", "tara:takendown")] : []),
    refused("suse", "RepoSuspended"),
    allowed("suse", "admin"),
    {
      name: "knows no account elsewhere",
      call: async (world) => {
        const made = (await (call("bob") as Function)(world)) as Made;
        return { params: { ...made.params, did: UNKNOWN } };
      },
      status: 400,
      error: "RepoNotFound",
    },
  ];
}

export const refused = (
  name: string,
  call: Scenario["call"],
  error = "InvalidRequest",
): Scenario => ({ name, call, status: 400, error });

export const addFirst = async ({
  call,
  tokens,
  accounts,
}: World): Promise<void> => {
  await call(CREATE, {
    token: tokens.bob,
    input: {
      repo: accounts.bob.did,
      collection: THING,
      rkey: "first",
      record: {},
    },
  });
};
