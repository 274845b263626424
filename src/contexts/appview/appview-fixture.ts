import { jsonStringToLex } from "@atproto/lexicon";
import { createTestHost, type TestHost } from "#contexts/blobs/test-host.ts";
import { createLexicons } from "#contexts/lexicons/lexicons.ts";
import { cidOfCbor } from "#repo/cid.ts";
import { encodeDrisl } from "#repo/drisl.ts";
import { jsonToRecord } from "#repo/lex-json.ts";
import type { Did, Nsid, RecordKey } from "#repo/syntax.ts";
import { createTidClock } from "#repo/tid.ts";
import { type AppView, createAppView } from "./appview.ts";
import type { Json } from "./json.ts";

// An account with a repository, and an AppView that has seen a part of it.

export const ALICE = "did:plc:alicealicealicealicealic" as Did;
export const BOB = "did:plc:bobbobbobbobbobbobbobbob" as Did;
export const CID =
  "bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a";
export const BLOB_CID =
  "bafkreibme22gw2h7y2h7tg2fhqotaqjucnbc24deqo72b6mkl2egezxhvy";
export const POST = "app.bsky.feed.post";
export const PROFILE = "app.bsky.actor.profile";

export const image = (mimeType = "image/png") => ({
  $type: "blob",
  ref: { $link: BLOB_CID },
  mimeType,
  size: 5,
});

/** Where a host without a picture server has alice's picture. */
export const picture = () =>
  `https://pds.test/xrpc/com.atproto.sync.getBlob?did=${encodeURIComponent(ALICE)}&cid=${BLOB_CID}`;
export const bobsPost = (rkey: string) => `at://${BOB}/${POST}/${rkey}`;
export const ref = (uri: string) => ({ uri, cid: CID });

export interface Stage extends Pick<TestHost, "accountDb" | "clock"> {
  /** Revision that the AppView has. */
  rev: string;
  appview: AppView;
  /** Answers to what is asked; by method. */
  answers: Record<string, (params: Record<string, unknown>) => unknown>;
  asked: { nsid: string; params: Record<string, unknown> }[];
  /** Writes a record a second after the one before; returns its AT-URI. */
  put(collection: string, record: Json, rkey?: string): string;
  /** The same with any bytes, as an account may bring them along. */
  putBytes(collection: string, bytes: Uint8Array, rkey?: string): string;
  post(text: string, more?: Json, rkey?: string): string;
  /** Lets the AppView catch up. */
  index(): void;
  /** The patched answer, which fits its lexicon; null when it was left alone. */
  // oxlint-disable-next-line typescript/no-explicit-any
  patch(nsid: string, params: Json, body: unknown): Promise<any>;
  /** A post's view as the AppView answers it, a number of seconds ago. */
  view(uri: string, agoSec?: number, more?: Json): Json;
  close(): void;
}

export function createStage(cdnUrlPattern: string | null = null): Stage {
  const host = createTestHost();
  const { clock, stores } = host;
  const tids = createTidClock({ clock });
  const lexicons = createLexicons();
  host.addAccount({ did: ALICE, handle: "alice.test" });
  const revNow = () => stores.find(ALICE)!.head()!.rev;
  const now = (agoSec: number) =>
    new Date(clock.nowMs() - agoSec * 1000).toISOString();

  const stage: Stage = {
    ...host,
    rev: revNow(),
    answers: {},
    asked: [],
    appview: createAppView({
      ...host,
      lexicons,
      cdnUrlPattern,
      videoUrl: "https://video.test",
      publicUrl: "https://pds.test",
    }),
    put(collection, record, rkey) {
      const createdAt = new Date(clock.nowMs() + 1000).toISOString();
      const json = { $type: collection, createdAt, ...record };
      return stage.putBytes(collection, encodeDrisl(jsonToRecord(json)), rkey);
    },
    putBytes(collection, bytes, rkey = tids.next()) {
      clock.advance(1000);
      const path = {
        collection: collection as Nsid,
        rkey: rkey as RecordKey,
      };
      host.apply(
        ALICE,
        [{ ...path, cid: cidOfCbor(bytes), blobs: [], subject: null }],
        new Map([[`${collection}/${rkey}`, bytes]]),
      );
      return `at://${ALICE}/${collection}/${rkey}`;
    },
    post: (text, more = {}, rkey) => stage.put(POST, { text, ...more }, rkey),
    index: () => (stage.rev = revNow()),
    async patch(nsid, params, body) {
      const fresh = stage.appview.findFresh(ALICE, stage.rev);
      if (fresh === null) return null;
      const patched = await stage.appview.patch(fresh, {
        nsid,
        params: params as never,
        body,
        async ask(asked, given) {
          stage.asked.push({ nsid: asked, params: given });
          const answer = stage.answers[asked];
          if (answer === undefined) throw new Error("no answer");
          return answer(given);
        },
      });
      if (patched === null) return null;
      const sent = JSON.stringify(patched);
      lexicons.lexicons.assertValidXrpcOutput(nsid, jsonStringToLex(sent));
      return JSON.parse(sent);
    },
    view: (uri, agoSec = 0, more = {}) => ({
      $type: "app.bsky.feed.defs#postView",
      uri,
      cid: CID,
      author: {
        did: uri.split("/")[2],
        handle: uri.includes(BOB) ? "bob.test" : "alice.test",
      },
      record: { $type: POST, text: uri, createdAt: now(agoSec) },
      indexedAt: now(agoSec),
      ...more,
    }),
    close: () => host.close(),
  };
  return stage;
}
