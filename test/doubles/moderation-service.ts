import { createPlcClient } from "#contexts/identity/plc.ts";
import {
  didOfGenesis,
  formatAtprotoData,
  signPlcOperation,
} from "#contexts/identity/plc-operation.ts";
import { createServiceAuth } from "#contexts/security/service-auth.ts";
import { type Clock, systemClock } from "#lib/clock.ts";
import { generatePrivateKey } from "#repo/keys.ts";
import { createSigner } from "#repo/signer.ts";
import type { Did } from "#repo/syntax.ts";

/** A call that came to the service. */
export interface ReceivedCall {
  nsid: string;
  headers: Record<string, string>;
  // oxlint-disable-next-line typescript/no-explicit-any
  body: any;
}

/** A moderation service that takes reports and may act on a server. */
export interface ModerationService {
  did: Did;
  url: string;
  /** How a call names it. */
  proxyName: string;
  /** Oldest first. */
  received: ReceivedCall[];
  /** Makes its identity known. */
  register(plcUrl: string): Promise<void>;
  /** A token for one call to a server, signed as labelers do. */
  token(aud: string, lxm: string, clock?: Clock): string;
  stop(): Promise<void>;
}

export function startModerationService(): ModerationService {
  const account = createSigner("k256", generatePrivateKey("k256"));
  const labeler = createSigner("k256", generatePrivateKey("k256"));
  const received: ReceivedCall[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const nsid = new URL(request.url).pathname.slice("/xrpc/".length);
      const text = await request.text();
      const body = text === "" ? null : JSON.parse(text);
      const headers = Object.fromEntries(request.headers);
      received.push({ nsid, headers, body });
      return nsid === "com.atproto.moderation.createReport"
        ? Response.json(reportOf(received.length, body, headers))
        : Response.json({});
    },
  });
  const url = server.url.origin;
  const identity = formatAtprotoData({
    signingKey: account.didKey,
    rotationKeys: [account.didKey],
    handle: "mods.example.com",
    pds: "https://elsewhere.example.com",
  });
  identity.verificationMethods.atproto_label = labeler.didKey;
  identity.services.atproto_labeler = { type: "AtprotoLabeler", endpoint: url };
  const genesis = signPlcOperation(identity, null, account);
  const did = didOfGenesis(genesis);
  return {
    did,
    url,
    proxyName: `${did}#atproto_labeler`,
    received,
    register: (plcUrl) =>
      createPlcClient({ url: plcUrl, fetch }).submit(did, genesis),
    token: (aud, lxm, clock = systemClock) =>
      createServiceAuth({
        // Older tokens say with whose voice they speak in their issuer.
        iss: `${did}#atproto_labeler` as Did,
        aud,
        lxm,
        signer: labeler,
        clock,
      }),
    stop: () => server.stop(true),
  };
}

function reportOf(
  id: number,
  { reasonType, subject }: { reasonType: string; subject: object },
  { authorization = "" }: Record<string, string>,
): object {
  const claims = authorization.split(".")[1] ?? "";
  const { iss } = JSON.parse(Buffer.from(claims, "base64url").toString());
  const createdAt = new Date().toISOString();
  return { id, reasonType, subject, reportedBy: iss, createdAt };
}
