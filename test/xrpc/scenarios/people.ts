import { createSigner, type Signer } from "#repo/signer.ts";
import { generatePrivateKey } from "#repo/keys.ts";
import type { Did } from "#repo/syntax.ts";
import type { CaughtMail } from "#dev/mailbox.ts";
import type { CallOptions } from "../../support/network.ts";
import { until } from "../../support/until.ts";
import type { World } from "../world.ts";

/** An account that a scenario may change as it likes. */
export interface Person {
  did: Did;
  handle: string;
  email: string;
  password: string;
  /** Of a main session. */
  token: string;
  /** More powerful in the identity than the server's key. */
  recovery: Signer;
}

/** A call without a body. */
export const NOTHING = new Uint8Array(0);
export const MINUTE_MS = 60_000;

export async function addPerson(world: World): Promise<Person> {
  const name = `person${world.unique()}`;
  const recovery = createSigner("k256", generatePrivateKey("k256"));
  const input = {
    handle: `${name}.test`,
    email: `${name}@mail.test`,
    password: `${name}-password`,
  };
  const { did, accessJwt } = await succeed(
    world,
    "com.atproto.server.createAccount",
    { input: { ...input, recoveryKey: recovery.didKey } },
  );
  return { ...input, did, token: accessJwt, recovery };
}

/** @returns the answer's body. @throws Error when the call doesn't succeed. */
export async function succeed(
  world: World,
  nsid: string,
  options: CallOptions,
  // oxlint-disable-next-line typescript/no-explicit-any
): Promise<any> {
  const { status, body } = await world.call(nsid, options);
  if (status !== 200) {
    throw new Error(`${nsid}: ${status} ${JSON.stringify(body)}`);
  }
  return body;
}

const CODE = /\b[A-Z2-7]{5}-[A-Z2-7]{5}\b/;

/** Letters with a code; others tell of what was done. */
export const lettersTo = ({ network }: World, email: string): CaughtMail[] =>
  network.mailbox
    .list()
    .filter(({ to, text }) => to === email && CODE.test(text));

/** The code in the letter that comes of a call. */
export async function codeFrom(
  world: World,
  email: string,
  ask: () => Promise<unknown>,
): Promise<string> {
  const known = lettersTo(world, email).length;
  await ask();
  const letter = await until(`a letter to ${email}`, 30_000, () => {
    const letters = lettersTo(world, email);
    return letters.length > known ? letters[0] : null;
  });
  const [code] = CODE.exec(letter.text) ?? [];
  if (code === undefined || !letter.html?.includes(code)) {
    throw new Error(`no code in "${letter.subject}"`);
  }
  return code;
}

const CODE_METHODS = {
  confirmEmail: "com.atproto.server.requestEmailConfirmation",
  updateEmail: "com.atproto.server.requestEmailUpdate",
  deleteAccount: "com.atproto.server.requestAccountDelete",
  plcOperation: "com.atproto.identity.requestPlcOperationSignature",
};

export const requestCode = (
  world: World,
  { email, token }: Person,
  purpose: keyof typeof CODE_METHODS,
): Promise<string> =>
  codeFrom(world, email, () =>
    succeed(world, CODE_METHODS[purpose], { token, input: NOTHING }),
  );

export async function addConfirmed(world: World): Promise<Person> {
  const person = await addPerson(world);
  const { email, token } = person;
  await succeed(world, "com.atproto.server.confirmEmail", {
    token,
    input: { email, token: await requestCode(world, person, "confirmEmail") },
  });
  return person;
}

/** Somebody whose sign-in needs a code. */
export async function addGuarded(world: World): Promise<Person> {
  const person = await addConfirmed(world);
  const { email, token } = person;
  await succeed(world, "com.atproto.server.updateEmail", {
    token,
    input: { email, emailAuthFactor: true },
  });
  return person;
}

/** A session as its holder sees it. */
export const sessionOf = (world: World, { token }: Person) =>
  succeed(world, "com.atproto.server.getSession", { token });
