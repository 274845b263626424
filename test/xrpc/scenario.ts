import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Answer, CallOptions } from "../support/network.ts";
import { createWorld, type Identity, type World } from "./world.ts";

/** A call as somebody makes it, with what the scenario says of the world filled in. */
export type Made = CallOptions & { as?: Identity };
type Make = Made | ((world: World) => Made | Promise<Made>);

/** One call of a method and what has to come of it. */
export interface Scenario {
  name: string;
  /** The call, or how it is made; made anew at each use. */
  call: Make;
  /** 200 unless said. */
  status?: number;
  /** Name of the error; none for success. */
  error?: string;
  /** Part of the answer. */
  body?: object | ((world: World) => object);
  /** What else has to hold. */
  // oxlint-disable-next-line typescript/no-explicit-any
  check?(answer: Answer<any>, world: World): void | Promise<void>;
}

/** Scenarios by NSID; the first of each is a call that succeeds. */
export type ScenarioTable = Record<string, readonly Scenario[]>;

export async function makeCall(
  { call }: Pick<Scenario, "call">,
  world: World,
): Promise<CallOptions> {
  const made = typeof call === "function" ? await call(world) : call;
  const { as, ...options } = made;
  return as === undefined ? options : { token: world.tokens[as], ...options };
}

/** The world of the tests of a file, which ends with them. */
export function useWorld(settings: Record<string, string> = {}): () => World {
  let world: World;
  beforeAll(async () => {
    world = await createWorld(settings);
  });
  afterAll(async () => {
    await world.stop();
    expect(world.faults()).toEqual([]);
  });
  return () => world;
}

/** Runs each scenario as a test of its own, in order, in one world. */
export function runScenarios(
  table: ScenarioTable,
  settings: Record<string, string> = {},
): void {
  const useIt = useWorld(settings);
  for (const [nsid, scenarios] of Object.entries(table)) {
    describe(nsid, () => {
      test.each(
        scenarios.map((scenario) => [scenario.name, scenario] as const),
      )("%s", async (_name, scenario) => runScenario(nsid, scenario, useIt()));
    });
  }
}

async function runScenario(
  nsid: string,
  scenario: Scenario,
  world: World,
): Promise<void> {
  const { status = 200, error, body } = scenario;
  const answer = await world.call(nsid, await makeCall(scenario, world));
  const told = {
    status: answer.status,
    ...(answer.status >= 400 && answer.body),
  };
  expect(told).toMatchObject({ status, ...(error && { error }) });
  if (error !== undefined) {
    // For people; programs go by the name.
    expect(answer.body.message).toBeString();
    expect(answer.body.message).not.toBe("");
  }
  if (body !== undefined) {
    const expected = typeof body === "function" ? body(world) : body;
    // A copy, because Bun puts what an `expect.any` stands for in its place.
    expect(structuredClone(answer.body)).toMatchObject(expected);
  }
  await scenario.check?.(answer, world);
}
