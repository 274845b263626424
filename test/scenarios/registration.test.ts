import { afterEach, expect, test } from "bun:test";
import { solvePuzzle } from "#contexts/accounts/human-check.ts";
import { type Network, startNetwork } from "../support/network.ts";

let network: Network;
afterEach(() => network.stop());

const start = async (settings: Record<string, string>) => {
  network = await startNetwork({ settings });
};

const signUp = (name: string, more: object = {}) =>
  network.call("com.atproto.server.createAccount", {
    input: {
      handle: `${name}.test`,
      email: `${name}@mail.test`,
      password: `${name}-password`,
      ...more,
    },
  });

const describeServer = async () => {
  const answer = await network.call("com.atproto.server.describeServer");
  return answer.body;
};

test("with a check for people, the method asks for its answer too", async () => {
  await start({ TEMPEST_REGISTRATION: "captcha" });
  expect(await describeServer()).toMatchObject({
    inviteCodeRequired: false,
    phoneVerificationRequired: true,
  });
  const refused = await signUp("alice");
  expect(refused).toMatchObject({
    status: 400,
    body: { message: "Verification is now required on this server." },
  });
  const puzzle = network.app.contexts.registration.newPuzzle()!;
  const verificationCode = solvePuzzle(puzzle);
  expect((await signUp("alice", { verificationCode })).status).toBe(200);
  expect((await signUp("bob", { verificationCode })).status).toBe(400);
});

test("a closed server stays closed after a restart, and opens by a typed word", async () => {
  await start({ TEMPEST_INVITE_REQUIRED: "" });
  const { registration } = network.app.contexts;
  registration.choose("closed");
  expect((await signUp("alice")).status).toBe(400);
  await network.restart();
  expect((await signUp("alice")).status).toBe(400);
  network.app.contexts.registration.choose("open", "open");
  expect((await signUp("alice")).status).toBe(200);
  expect(await describeServer()).toMatchObject({ inviteCodeRequired: false });
});

test("a flood of new accounts ends with the bound, however many come at once", async () => {
  await start({ TEMPEST_SIGN_UPS_PER_HOUR: "3" });
  const names = ["a", "b", "c", "d", "e", "f", "g", "h"];
  const answers = await Promise.all(names.map((name) => signUp(`name${name}`)));
  const made = answers.filter(({ status }) => status === 200);
  expect(made).toHaveLength(3);
  expect((await signUp("late")).body.error).toBe("InvalidInviteCode");
  expect(await describeServer()).toMatchObject({ inviteCodeRequired: true });
});
