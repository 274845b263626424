import { cidOfCbor, formatCid } from "#repo/cid.ts";
import type { Made, Scenario } from "../scenario.ts";
import type { World } from "../world.ts";

export const POST = "app.bsky.feed.post";
export const LIKE = "app.bsky.feed.like";
export const FOLLOW = "app.bsky.graph.follow";
export const PROFILE = "app.bsky.actor.profile";
/** A collection of which this host knows nothing. */
export const THING = "com.example.thing";

export const CREATE = "com.atproto.repo.createRecord";
export const PUT = "com.atproto.repo.putRecord";
export const DELETE = "com.atproto.repo.deleteRecord";
export const APPLY = "com.atproto.repo.applyWrites";
export const GET = "com.atproto.repo.getRecord";

export const createdAt = "2026-01-02T03:04:05.678Z";
/** A CID that nothing here has. */
export const ELSEWHERE = formatCid(cidOfCbor(new Uint8Array([9])));

export const post = (text: string) => ({ $type: POST, text, createdAt });

export const keyOf = (uri: string) => uri.split("/").at(-1)!;

/** A record that is there, with a key of its own. */
export interface Existing {
  rkey: string;
  cid: string;
  commit: { cid: string; rev: string };
}

export async function addThing(
  { call, tokens, unique }: World,
  record: object = { n: 0 },
): Promise<Existing> {
  const rkey = `thing${unique()}`;
  const { status, body } = await call(CREATE, {
    token: tokens.alice,
    input: { repo: "alice.test", collection: THING, rkey, record },
  });
  if (status !== 200) throw new Error(JSON.stringify(body));
  return { rkey, cid: body.cid, commit: body.commit };
}

export async function headOf({ call, accounts }: World) {
  const { body } = await call("com.atproto.sync.getLatestCommit", {
    params: { did: accounts.alice.did },
  });
  return body as { cid: string; rev: string };
}

/** The record as anybody sees it; null when there is none. */
export async function readRecord(
  { call }: World,
  collection: string,
  rkey: string,
): Promise<{ cid: string; value: Record<string, unknown> } | null> {
  const { status, body } = await call(GET, {
    params: { repo: "alice.test", collection, rkey },
  });
  return status === 200 ? body : null;
}

/** A body as it goes over the wire, for JSON that JSON.stringify would not write. */
export const raw = (text: string, as: Made["as"] = "alice"): Made => ({
  as,
  input: text,
  type: "application/json",
});

/** Who may not write, whatever it is. `inputFor` makes a good input for the account. */
export function strangersToWriting(
  inputFor: (repo: string) => object,
): Scenario[] {
  const by = (as: Made["as"], repo: string): Made => ({
    as,
    input: inputFor(repo),
  });
  const refused = (
    name: string,
    call: Scenario["call"],
    status: number,
    error: string,
  ): Scenario => ({ name, call, status, error });
  return [
    { name: "is for app passwords", call: by("alice:app", "alice.test") },
    refused(
      "is for one's own repository only",
      by("alice", "bob.test"),
      403,
      "Forbidden",
    ),
    refused(
      "needs a repository that is here",
      by("alice", "did:plc:abcdefghijklmnopqrstuvwx"),
      400,
      "InvalidRequest",
    ),
    refused(
      "needs a handle that is here",
      by("alice", "nobody.test"),
      400,
      "InvalidRequest",
    ),
    refused(
      "needs a repository by DID or handle",
      by("alice", "alice"),
      400,
      "InvalidRequest",
    ),
    refused(
      "waits while the account is deactivated",
      by("dora", "dora.test"),
      401,
      "AccountDeactivated",
    ),
    refused(
      "ends when the account is taken down",
      by("tara", "tara.test"),
      401,
      "AccountTakedown",
    ),
    refused(
      "ends when the account is suspended",
      by("suse", "suse.test"),
      401,
      "AccountTakedown",
    ),
    refused(
      "is not for the session with which one may only leave",
      by("tara:takendown", "tara.test"),
      400,
      "InvalidToken",
    ),
    refused(
      "is not for the administrator",
      by("admin", "alice.test"),
      400,
      "InvalidToken",
    ),
    refused(
      "is not for a token that another service is shown",
      (world) => ({
        token: world.network.app.accounts.signServiceAuth({
          did: world.accounts.alice.did as never,
          aud: world.serviceDid,
          lxm: CREATE,
        }),
        input: inputFor("alice.test"),
      }),
      400,
      "InvalidToken",
    ),
  ];
}
