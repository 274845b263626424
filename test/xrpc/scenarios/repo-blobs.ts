import { expect } from "bun:test";
import type { Did } from "#repo/syntax.ts";
import type { Made, Scenario, ScenarioTable } from "../scenario.ts";
import { MAX_BLOB_BYTES } from "../world.ts";
import { CREATE } from "./repo-fixture.ts";

const UPLOAD = "com.atproto.repo.uploadBlob";
const MISSING = "com.atproto.repo.listMissingBlobs";

const upload = (more: Made = {}): Made => ({
  as: "alice",
  input: new TextEncoder().encode("hello blob"),
  type: "text/plain",
  ...more,
});

const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0);

const serviceToken =
  (lxm: string, name: "alice" | "dora" | "tara" = "alice") =>
  ({
    network,
    accounts,
    serviceDid,
  }: Parameters<Extract<Scenario["call"], Function>>[0]): Made => ({
    ...upload({ as: undefined }),
    token: network.app.accounts.signServiceAuth({
      did: accounts[name].did as Did,
      aud: serviceDid,
      lxm,
    }),
  });

export const repoBlobs: ScenarioTable = {
  [UPLOAD]: [
    {
      name: "stores a file",
      call: upload(),
      body: {
        blob: {
          $type: "blob",
          ref: { $link: expect.stringMatching(/^bafkrei/) },
          mimeType: "text/plain",
          size: 10,
        },
      },
    },
    {
      name: "believes the bytes rather than the header",
      call: upload({ input: PNG, type: "text/plain" }),
      body: { blob: { mimeType: "image/png", size: 10 } },
    },
    {
      name: "stores a file of nothing",
      call: upload({ input: new Uint8Array(0), type: "application/x-none" }),
      body: { blob: { size: 0 } },
    },
    {
      name: "takes the same file again",
      call: upload(),
      body: { blob: { size: 10 } },
    },
    {
      name: "takes a file of the largest size",
      call: upload({ input: new Uint8Array(MAX_BLOB_BYTES) }),
    },
    {
      name: "takes no larger file",
      call: upload({ input: new Uint8Array(MAX_BLOB_BYTES + 1) }),
      status: 413,
      error: "PayloadTooLarge",
    },
    {
      name: "needs a type",
      call: upload({ type: "" }),
      status: 400,
      error: "InvalidRequest",
    },
    { name: "is for app passwords", call: upload({ as: "alice:app" }) },
    {
      name: "works while the account is deactivated",
      call: upload({ as: "dora" }),
    },
    {
      name: "ends when the account is taken down",
      call: upload({ as: "tara" }),
      status: 401,
      error: "AccountTakedown",
    },
    {
      name: "is not for the session with which one may only leave",
      call: upload({ as: "tara:takendown" }),
      status: 400,
      error: "InvalidToken",
    },
    {
      name: "is for whom the account's key sends",
      call: serviceToken(UPLOAD),
    },
    {
      name: "is for whom the key of a deactivated account sends",
      call: serviceToken(UPLOAD, "dora"),
    },
    {
      name: "is not for whom the key of an account that was taken down sends",
      call: serviceToken(UPLOAD, "tara"),
      status: 401,
      error: "AccountTakedown",
    },
    {
      name: "is not for whom the account's key sends elsewhere",
      call: serviceToken(CREATE),
      status: 401,
      error: "BadJwtLexiconMethod",
    },
    {
      name: "is not for somebody without an account",
      call: async (world) => ({
        ...upload({ as: undefined }),
        token: world.serviceToken(await world.addStranger(), UPLOAD),
      }),
      status: 403,
      error: "AccountNotFound",
    },
  ],

  [MISSING]: [
    {
      name: "has nothing to ask for",
      call: { as: "alice" },
      body: { blobs: [] },
    },
    { name: "works while the account is deactivated", call: { as: "dora" } },
    { name: "takes a limit of 1", call: { as: "alice", params: { limit: 1 } } },
    {
      name: "takes a limit of 1000",
      call: { as: "alice", params: { limit: 1000 } },
    },
    {
      name: "refuses a limit of 1001",
      call: { as: "alice", params: { limit: 1001 } },
      status: 400,
      error: "InvalidRequest",
    },
    {
      name: "refuses a cursor that is none",
      call: { as: "alice", params: { cursor: "x" } },
      status: 400,
      error: "InvalidRequest",
    },
  ],
};
