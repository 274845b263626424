import { expect } from "bun:test";
import type { ScenarioTable } from "../scenario.ts";
import type { World } from "../world.ts";
import {
  actsOn,
  ask,
  onlyForOperators,
  refused,
  tell,
  UNKNOWN_DID,
} from "./admin-fixture.ts";

const LIST = "com.atproto.admin.getInviteCodes";
const DISABLE_CODES = "com.atproto.admin.disableInviteCodes";
const DISABLE = "com.atproto.admin.disableAccountInvites";
const ENABLE = "com.atproto.admin.enableAccountInvites";
const INFO = "com.atproto.admin.getAccountInfo";

async function addCode(
  { call, tokens, clock }: World,
  forAccount?: string,
): Promise<string> {
  // The order of codes made in one moment is not known.
  clock.advance(1);
  const { body } = await call("com.atproto.server.createInviteCode", {
    token: tokens.admin,
    input: { useCount: 5, ...(forAccount && { forAccount }) },
  });
  return body.code;
}

async function useCode(
  { call, unique }: World,
  inviteCode: string,
): Promise<string> {
  const name = `invited${unique()}`;
  const handle = `${name}.test`;
  const email = `${name}@mail.test`;
  const input = { handle, email, password: "correct horse", inviteCode };
  const { body } = await call("com.atproto.server.createAccount", { input });
  return body.did;
}

interface Code {
  code: string;
  disabled: boolean;
  uses: { usedBy: string }[];
}

async function listAll(
  { call, tokens }: World,
  sort: string,
  limit: number,
): Promise<Code[]> {
  const found: Code[] = [];
  let cursor: string | undefined;
  do {
    const params = { sort, limit, cursor };
    const { body } = await call(LIST, { params, token: tokens.admin });
    found.push(...body.codes);
    cursor = body.cursor;
  } while (cursor !== undefined);
  return found;
}

const infoOf = async ({ call, tokens }: World, did: string) =>
  (await call(INFO, { params: { did }, token: tokens.admin })).body;

export const adminInvites: ScenarioTable = {
  [LIST]: [
    {
      name: "lists codes, the newest first",
      async call(world) {
        await addCode(world);
        await addCode(world);
        return ask({ limit: 2 })(world);
      },
      body: {
        codes: [
          { available: 5, forAccount: "admin", createdBy: "admin", uses: [] },
          { available: 5, disabled: false },
        ],
        cursor: expect.any(String),
      },
      async check({ body }, world) {
        const all = await listAll(world, "recent", 1);
        expect(all.slice(0, 2)).toEqual(body.codes);
        expect(all.map(({ code }) => code)).toEqual([
          ...new Set(all.map(({ code }) => code)),
        ]);
      },
    },
    {
      name: "lists codes, the most used first",
      async call(world) {
        const [once, twice] = [await addCode(world), await addCode(world)];
        await addCode(world);
        await useCode(world, twice);
        await useCode(world, once);
        await useCode(world, twice);
        return ask({ sort: "usage", limit: 2 })(world);
      },
      async check({ body }, world) {
        const counts = (codes: Code[]) => codes.map(({ uses }) => uses.length);
        expect(counts(body.codes)).toEqual([2, 1]);
        const all = await listAll(world, "usage", 2);
        const uses = counts(all);
        expect(uses).toEqual(uses.toSorted((a, b) => b - a));
        expect(uses.at(-1)).toBe(0);
        const recent = await listAll(world, "recent", 500);
        const byCode = (a: Code, b: Code) => (a.code < b.code ? -1 : 1);
        expect(all.toSorted(byCode)).toEqual(recent.toSorted(byCode));
      },
    },
    refused("knows no other order", ask({ sort: "alphabet" })),
    refused("has a largest page", ask({ limit: 501 })),
    refused("has a smallest page", ask({ limit: 0 })),
    refused("takes no other cursor", ask({ cursor: "next" })),
    ...onlyForOperators(ask({})),
  ],
  [DISABLE_CODES]: [
    {
      name: "disables codes by name, and passes over others",
      async call(world) {
        const code = await addCode(world);
        return tell({ codes: [code, "no-such-code"], accounts: [] })(world);
      },
      async check(_answer, world) {
        const [{ code, disabled } = {} as Code] = await listAll(
          world,
          "recent",
          500,
        );
        expect(disabled).toBe(true);
        expect(actsOn(world, "invite codes")[0]).toEqual({
          actor: "admin",
          action: "disableInviteCodes",
          detail: { codes: [code, "no-such-code"], accounts: [] },
        });
      },
    },
    {
      name: "disables all codes of an account",
      async call(world) {
        const { did } = world.accounts.bob;
        await addCode(world, did);
        await addCode(world, did);
        return tell({ accounts: [did] })(world);
      },
      async check(_answer, world) {
        const { invites } = await infoOf(world, world.accounts.bob.did);
        expect(invites).toHaveLength(2);
        for (const { disabled } of invites) expect(disabled).toBe(true);
      },
    },
    { name: "may have nothing to do", call: tell({}) },
    refused("spares the operator's codes", tell({ accounts: ["admin"] })),
    refused("wants names", tell({ codes: "all" })),
    ...onlyForOperators(tell({ codes: ["x"] })),
  ],
  [DISABLE]: [
    {
      name: "keeps an account from earning codes, with the reason",
      call: tell(({ accounts: { bob } }) => ({
        account: bob.did,
        note: "sold them",
      })),
      async check(_answer, world) {
        const { did } = world.accounts.bob;
        expect(await infoOf(world, did)).toMatchObject({
          invitesDisabled: true,
          inviteNote: "sold them",
        });
        expect(actsOn(world, did)[0]).toEqual({
          actor: "admin",
          action: "disableAccountInvites",
          detail: { note: "sold them" },
        });
      },
    },
    refused("knows nobody else", tell({ account: UNKNOWN_DID }), "NotFound"),
    refused("wants somebody", tell({})),
    ...onlyForOperators(
      tell(({ accounts }) => ({ account: accounts.bob.did })),
    ),
  ],
  [ENABLE]: [
    {
      name: "lets an account earn codes again",
      call: tell(({ accounts: { bob } }) => ({ account: bob.did })),
      async check(_answer, world) {
        const info = await infoOf(world, world.accounts.bob.did);
        expect(info.invitesDisabled).toBe(false);
        expect(info).not.toContainKey("inviteNote");
      },
    },
    refused("knows nobody else", tell({ account: UNKNOWN_DID }), "NotFound"),
    refused("wants somebody", tell({})),
    ...onlyForOperators(
      tell(({ accounts }) => ({ account: accounts.bob.did })),
    ),
  ],
};
