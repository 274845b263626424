import type { Network } from "./network.ts";

/** What can be read of an account: its only record names its only blob. */
export interface Readable {
  did: string;
  handle: string;
  collection: string;
  rkey: string;
  /** CID of the blob. */
  blob: string;
  /** CID of a block of the repository. */
  block: string;
}

/** Every way of reading something of an account, with what it takes. */
function waysToRead({
  did,
  handle,
  collection,
  rkey,
  blob,
  block,
}: Readable): Record<string, Record<string, string | string[]>> {
  return {
    "com.atproto.sync.getRepo": { did },
    "com.atproto.sync.getCheckout": { did },
    "com.atproto.sync.getBlocks": { did, cids: [block] },
    "com.atproto.sync.getRecord": { did, collection, rkey },
    "com.atproto.sync.getLatestCommit": { did },
    "com.atproto.sync.getHead": { did },
    "com.atproto.sync.listBlobs": { did },
    "com.atproto.sync.getBlob": { did, cid: blob },
    "com.atproto.sync.getRepoStatus": { did },
    "com.atproto.repo.getRecord": { repo: did, collection, rkey },
    "com.atproto.repo.listRecords": { repo: did, collection },
    "com.atproto.repo.describeRepo": { repo: did },
    "com.atproto.identity.resolveHandle": { handle },
  };
}

/**
 * What each way of reading answers now: 200, or status and name of the error.
 * @param token of who asks; nobody in particular unless said.
 */
export async function readAll(
  network: Pick<Network, "call">,
  subject: Readable,
  token?: string,
): Promise<Record<string, string>> {
  const answers: Record<string, string> = {};
  for (const [nsid, params] of Object.entries(waysToRead(subject))) {
    const { status, body } = await network.call(nsid, {
      params,
      ...(token !== undefined && { token }),
    });
    const name = nsid.slice("com.atproto.".length);
    answers[name] = status === 200 ? "200" : `${status} ${body.error}`;
  }
  return answers;
}

/** What everybody is answered of an active account. */
export const EVERYTHING: Record<string, string> = {
  "sync.getRepo": "200",
  "sync.getCheckout": "200",
  "sync.getBlocks": "200",
  "sync.getRecord": "200",
  "sync.getLatestCommit": "200",
  "sync.getHead": "200",
  "sync.listBlobs": "200",
  "sync.getBlob": "200",
  "sync.getRepoStatus": "200",
  "repo.getRecord": "200",
  "repo.listRecords": "200",
  "repo.describeRepo": "200",
  "identity.resolveHandle": "200",
};

/** What everybody is answered of an account that is here and out of sight. */
export const hidden = (error: string, more: Record<string, string> = {}) => ({
  ...Object.fromEntries(
    Object.keys(EVERYTHING).map((name) => [name, `400 ${error}`]),
  ),
  "sync.getRepoStatus": "200",
  "repo.getRecord": "400 InvalidRequest",
  "repo.listRecords": "400 InvalidRequest",
  ...more,
});
