import type { HttpAnswer, HttpClient, HttpRequest } from "./http.ts";

/** One account on a server under measurement, with what it wrote. */
export interface BenchAccount {
  did: string;
  handle: string;
  token: string;
  records: { rkey: string; cid: string }[];
}

export const POST = "app.bsky.feed.post";
export const PASSWORD = "Passw0rd-of-bench";

/** Sends a call and refuses every status but 200. */
export async function call(
  http: HttpClient,
  nsid: string,
  request: Omit<HttpRequest, "path"> & { query?: string },
): Promise<HttpAnswer> {
  const { query, ...rest } = request;
  const path = `/xrpc/${nsid}${query === undefined ? "" : `?${query}`}`;
  const answer = await http.send({ ...rest, path });
  if (answer.status === 200) return answer;
  const text = answer.body.toString("utf8", 0, 200);
  throw new Error(`${nsid} answered ${answer.status}: ${text}`);
}

export async function post(
  http: HttpClient,
  nsid: string,
  options: { token?: string; input: unknown },
): Promise<Record<string, unknown>> {
  const { token, input } = options;
  const { body } = await call(http, nsid, {
    method: "POST",
    contentType: "application/json",
    body: JSON.stringify(input),
    ...(token !== undefined && { token }),
  });
  return body.length === 0 ? {} : JSON.parse(body.toString());
}

export function assert(isRight: boolean, complaint: string): void {
  if (!isRight) throw new Error(complaint);
}

let accountCount = 0;
const runId = Date.now().toString(36);

export async function createAccount(
  http: HttpClient,
  suffix: string,
): Promise<BenchAccount> {
  const handle = `b${runId}${(accountCount++).toString(36)}${suffix}`;
  const answer = await post(http, "com.atproto.server.createAccount", {
    input: { handle, email: `${handle}@bench.test`, password: PASSWORD },
  });
  const { did, accessJwt } = answer;
  assert(
    typeof did === "string" && typeof accessJwt === "string",
    "createAccount: no DID or token",
  );
  return {
    did: did as string,
    handle,
    token: accessJwt as string,
    records: [],
  };
}

let postCount = 0;

/** A record of the size that people's posts have. */
export function makePost(): Record<string, unknown> {
  return {
    $type: POST,
    text: `post ${postCount++} of a benchmark, with about as many words as people use when they say something short`,
    createdAt: new Date().toISOString(),
    langs: ["en"],
  };
}

/** Adds a post and remembers it. */
export async function createRecord(
  http: HttpClient,
  account: BenchAccount,
): Promise<string> {
  const { did, token } = account;
  const input = { repo: did, collection: POST, record: makePost() };
  const answer = await post(http, "com.atproto.repo.createRecord", {
    token,
    input,
  });
  const { uri, cid } = answer as { uri: string; cid: string };
  assert(
    uri.startsWith(`at://${did}/${POST}/`) && cid.startsWith("bafyrei"),
    "createRecord: no URI or CID of a record",
  );
  account.records.push({ rkey: uri.slice(uri.lastIndexOf("/") + 1), cid });
  return uri;
}

export async function applyCreates(
  http: HttpClient,
  account: BenchAccount,
  count: number,
): Promise<void> {
  const writes = Array.from({ length: count }, () => ({
    $type: "com.atproto.repo.applyWrites#create",
    collection: POST,
    value: makePost(),
  }));
  const answer = await post(http, "com.atproto.repo.applyWrites", {
    token: account.token,
    input: { repo: account.did, writes },
  });
  const results = answer.results as { uri: string; cid: string }[];
  assert(results.length === count, "applyWrites: results are missing");
  for (const { uri, cid } of results) {
    account.records.push({ rkey: uri.slice(uri.lastIndexOf("/") + 1), cid });
  }
}
