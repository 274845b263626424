import { Database } from "bun:sqlite";
import { join } from "node:path";
import type { Made, Scenario } from "../scenario.ts";
import type { World } from "../world.ts";

export const UNKNOWN_DID = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa";

/** A call by the operator. */
export const asAdmin = (made: Made): Made => ({ as: "admin", ...made });

type From<T> = T | ((world: World) => T);

export const tell =
  (input: From<object>) =>
  (world: World): Made =>
    asAdmin({ input: typeof input === "function" ? input(world) : input });

export const ask =
  (params: From<NonNullable<Made["params"]>>) =>
  (world: World): Made =>
    asAdmin({ params: typeof params === "function" ? params(world) : params });

/** A refusal with 400. */
export const refused = (
  name: string,
  call: Scenario["call"],
  error = "InvalidRequest",
): Scenario => ({ name, call, status: 400, error });

/** What everybody else is told; the call itself would be a good one. */
export function onlyForOperators(
  call: (world: World) => Made,
  bearerError = "BadJwtType",
): Scenario[] {
  const by = (as: Made["as"]) => (world: World) => {
    const { as: _, ...made } = call(world);
    return as === undefined ? made : { as, ...made };
  };
  return [
    {
      name: "is not for everybody",
      call: by(undefined),
      status: 401,
      error: "AuthMissing",
    },
    {
      name: "is not for accounts",
      call: by("alice"),
      status: 401,
      error: bearerError,
    },
    {
      name: "is not for those who guess",
      call: (world) => ({
        ...by(undefined)(world),
        token: `Basic ${Buffer.from("admin:guess").toString("base64")}`,
      }),
      status: 401,
      error: "AuthenticationRequired",
    },
  ];
}

/** What was done to a subject in the operator's name, newest first. */
export function actsOn({ network }: World, subject: string): object[] {
  const path = join(network.config.dataFolder, "account.sqlite");
  const db = new Database(path, { readonly: true });
  try {
    const sql = `SELECT actor, action, detail_json AS detail FROM admin_event
      WHERE subject = ? ORDER BY id DESC`;
    const rows = db.query<{ detail: string }, [string]>(sql).all(subject);
    return rows.map((row) => ({ ...row, detail: JSON.parse(row.detail) }));
  } finally {
    db.close();
  }
}

export const didOf = (name: keyof World["accounts"]) => (world: World) => ({
  did: world.accounts[name].did,
});

export async function infoOf({ call, tokens }: World, did: string) {
  const { body } = await call("com.atproto.admin.getAccountInfo", {
    params: { did },
    token: tokens.admin,
  });
  return body;
}

/** An account that no other scenario uses. */
export async function addAccount({ network, unique }: World) {
  return await network.createAccount(`extra${unique()}`);
}
