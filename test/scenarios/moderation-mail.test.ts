import { afterAll, beforeAll, expect, test } from "bun:test";
import { startSmtpServer, type SmtpServer } from "../doubles/smtp-server.ts";
import { startNetwork, type Network } from "../support/network.ts";
import { until } from "../support/until.ts";
import { ADMIN } from "./court.ts";

/** Letters of moderators and letters with codes go their own ways. */

let network: Network;
let ours: SmtpServer;
let theirs: SmtpServer;

beforeAll(async () => {
  ours = await startSmtpServer();
  theirs = await startSmtpServer();
  network = await startNetwork({
    settings: {
      TEMPEST_EMAIL_SMTP_URL: ours.url,
      TEMPEST_EMAIL_FROM_ADDRESS: "pds@example.com",
      TEMPEST_MODERATION_EMAIL_SMTP_URL: theirs.url,
      TEMPEST_MODERATION_EMAIL_ADDRESS: "mods@example.com",
    },
    deps: { mailTransport: undefined },
  });
});
afterAll(async () => {
  await network.stop();
  ours.stop();
  theirs.stop();
});

test("moderators have their own mail server and address", async () => {
  const { did, accessJwt } = await network.createAccount("alice");
  await network.call("com.atproto.server.requestEmailConfirmation", {
    token: accessJwt,
    input: "",
    headers: { "content-type": "" },
  });
  const sent = await network.call("com.atproto.admin.sendEmail", {
    token: ADMIN,
    input: { recipientDid: did, senderDid: did, content: "Be kind." },
  });
  expect(sent.body).toEqual({ sent: true });
  const arrived = (server: SmtpServer) =>
    until("a letter", 30_000, () => server.received[0]);
  expect(await arrived(ours)).toMatchObject({
    from: "pds@example.com",
    headers: { subject: expect.stringContaining("Confirm") },
  });
  expect(await arrived(theirs)).toMatchObject({
    from: "mods@example.com",
    headers: { subject: "Message via your PDS" },
  });
});
