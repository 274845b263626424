import { type Call, EXIT } from "#cli/command.ts";
import { sayTakedown, type SubjectStatus, takedownOf } from "./accounts.ts";
import { type AdminClient, connect, missing } from "./client.ts";
import { findAccount } from "./find.ts";
import { printDone, printOne } from "./print.ts";

/** Whether a file of an account is served. */
export async function runBlobStatus(call: Call): Promise<number> {
  const client = connect(call);
  const { did, cid } = await readBlob(call, client);
  const { takedown } = await client.query<SubjectStatus>(
    "com.atproto.admin.getSubjectStatus",
    { did, blob: cid },
  );
  printOne(
    call,
    { Account: did, File: cid, "Taken down": sayTakedown(takedown) ?? "no" },
    { did, cid, takedown: takedown ?? { applied: false } },
  );
  return EXIT.ok;
}

export async function runBlobTakedown(call: Call): Promise<number> {
  const client = connect(call);
  const { did, cid } = await readBlob(call, client);
  const takedown = takedownOf(call);
  await client.procedure("com.atproto.admin.updateSubjectStatus", {
    subject: { $type: "com.atproto.admin.defs#repoBlobRef", did, cid },
    takedown,
  });
  printDone(
    call,
    takedown.applied ? `${cid} is served no more.` : `${cid} is served again.`,
    { did, cid, takedown: takedown.applied },
  );
  return EXIT.ok;
}

async function readBlob(
  { args: [account, cid] }: Call,
  client: AdminClient,
): Promise<{ did: string; cid: string }> {
  if (cid === undefined) throw missing("file", "by account and CID");
  return { did: await findAccount(client, account), cid };
}
