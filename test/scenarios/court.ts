import type { Network, TestAccount } from "../support/network.ts";
import { ADMIN_PASSWORD, startNetwork } from "../support/network.ts";
import type { Readable } from "../support/reads.ts";
import {
  type ModerationService,
  startModerationService,
} from "../doubles/moderation-service.ts";

export const UPDATE = "com.atproto.admin.updateSubjectStatus";
export const GET = "com.atproto.admin.getSubjectStatus";
export const COLLECTION = "com.example.picture";
export const ADMIN = `Basic ${btoa(`admin:${ADMIN_PASSWORD}`)}`;

export interface Post extends Readable {
  uri: string;
  cid: string;
  /** Reference to the blob, as records hold it. */
  picture: object;
}

/** A network with two accounts and a moderation service that may act on it. */
export interface Court {
  network: Network;
  mods: ModerationService;
  alice: TestAccount;
  bob: TestAccount;
  /** A token of the moderation service for one call. */
  modToken(nsid: string): string;
  /** A call by the moderation service. */
  asMods(nsid: string, options: object): ReturnType<Network["call"]>;
  /** Takes a subject down, or restores it. */
  judge(subject: object, applied: boolean): ReturnType<Network["call"]>;
  /** A record that names a picture of its own. */
  post(account: TestAccount, content: string): Promise<Post>;
  stop(): Promise<void>;
}

export async function openCourt(): Promise<Court> {
  const mods = startModerationService();
  const network = await startNetwork({
    settings: {
      TEMPEST_MOD_SERVICE_URL: mods.url,
      TEMPEST_MOD_SERVICE_DID: mods.did,
    },
  });
  await mods.register(network.plcUrl);
  const modToken = (nsid: string) =>
    mods.token(network.config.serviceDid, nsid);
  const asMods = (nsid: string, options: object) =>
    network.call(nsid, { token: modToken(nsid), ...options });
  return {
    network,
    mods,
    alice: await network.createAccount("alice"),
    bob: await network.createAccount("bob"),
    modToken,
    asMods,
    judge: (subject, applied) =>
      asMods(UPDATE, {
        input: { subject, takedown: { applied, ref: "case 7" } },
      }),
    post: (account, content) => post(network, account, content),
    async stop() {
      await network.stop();
      await mods.stop();
    },
  };
}

async function post(
  network: Network,
  { did, handle, accessJwt: token }: TestAccount,
  content: string,
): Promise<Post> {
  const upload = await network.call("com.atproto.repo.uploadBlob", {
    token,
    input: content,
    type: "image/gif",
  });
  const { blob: picture } = upload.body;
  const made = await network.call("com.atproto.repo.createRecord", {
    token,
    input: { repo: did, collection: COLLECTION, record: { picture } },
  });
  const { uri, cid } = made.body;
  const rkey = uri.split("/").at(-1);
  return {
    ...{ did, handle, uri, cid, rkey, picture, collection: COLLECTION },
    blob: picture.ref.$link,
    block: cid,
  };
}

/** How calls of moderators name what they judge. */
export const recordOf = ({ uri, cid }: Post) => ({
  $type: "com.atproto.repo.strongRef",
  ...{ uri, cid },
});
export const blobOf = ({ did, blob: cid, uri }: Post) => ({
  $type: "com.atproto.admin.defs#repoBlobRef",
  ...{ did, cid, recordUri: uri },
});
export const accountOf = (did: string) => ({
  $type: "com.atproto.admin.defs#repoRef",
  did,
});
