import { expect } from "bun:test";
import type { Made, Scenario, ScenarioTable } from "../scenario.ts";

const GET = "app.bsky.actor.getPreferences";
const PUT = "app.bsky.actor.putPreferences";

const put = (preferences: unknown, as: Made["as"] = "alice"): Made => ({
  as,
  input: { preferences },
});

const refused = (name: string, preferences: unknown): Scenario => ({
  name: `refuses ${name}`,
  call: put(preferences),
  status: 400,
  error: "InvalidRequest",
});

const ADULT = { $type: "app.bsky.actor.defs#adultContentPref", enabled: true };
const BIRTH = {
  $type: "app.bsky.actor.defs#personalDetailsPref",
  birthDate: "1990-01-01T00:00:00.000Z",
};

const shown = (as: Made["as"], types: string[]): Scenario => ({
  name: `shows ${as} what ${as} may see`,
  call: async ({ call, tokens }) => {
    await call(PUT, { token: tokens.alice, ...put([ADULT, BIRTH]) });
    return { as };
  },
  check({ body }) {
    const found = body.preferences.map(({ $type }: { $type: string }) =>
      $type.split("#").at(-1),
    );
    expect(found.sort()).toEqual(types);
  },
});

export const actor: ScenarioTable = {
  [GET]: [
    shown("alice", [
      "adultContentPref",
      "declaredAgePref",
      "personalDetailsPref",
    ]),
    shown("alice:app", ["adultContentPref", "declaredAgePref"]),
    {
      name: "works while the account is deactivated",
      call: { as: "dora" },
      body: { preferences: [] },
    },
    {
      name: "works for the session with which one may only leave",
      call: { as: "tara:takendown" },
    },
    {
      name: "ends when the account is taken down",
      call: { as: "tara" },
      status: 401,
      error: "AccountTakedown",
    },
  ],
  [PUT]: [
    {
      name: "replaces them all",
      call: put([ADULT]),
      async check(_answer, { call, tokens }) {
        const { body } = await call(GET, { token: tokens.alice });
        expect(body.preferences).toEqual([ADULT]);
      },
    },
    { name: "takes none", call: put([]) },
    { name: "works while the account is deactivated", call: put([], "dora") },
    { name: "is for app passwords", call: put([ADULT], "alice:app") },
    {
      name: "does not let an app password set the date of birth",
      call: put([BIRTH], "alice:app"),
      status: 400,
      error: "InvalidRequest",
    },
    refused("what is no list", {}),
    refused("what has no type", [{ enabled: true }]),
    refused("what is of another namespace", [{ $type: "com.example.pref" }]),
    refused("what does not fit its type", [{ ...ADULT, enabled: "yes" }]),
    {
      name: "is not for the session with which one may only leave",
      call: put([], "tara:takendown"),
      status: 400,
      error: "InvalidToken",
    },
    {
      name: "ends when the account is taken down",
      call: put([], "tara"),
      status: 401,
      error: "AccountTakedown",
    },
  ],
};
