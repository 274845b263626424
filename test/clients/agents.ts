import {
  AtpAgent,
  type AtpPersistSessionHandler,
  XRPCError,
} from "@atproto/api";
import { drawPicture } from "#dev/picture.ts";

export const PASSWORD = "correct horse battery staple";

/** A PNG of a few kilobytes, another one for each width. */
export function pictureOf(size: number): Uint8Array<ArrayBuffer> {
  const picture = drawPicture({ size, from: [255, 0, 0], to: [0, 0, 255] });
  return new Uint8Array(picture);
}

export type SignedIn = AtpAgent & {
  readonly did: NonNullable<AtpAgent["did"]>;
};

/** The official client with an account of its own, `<name>.test`. */
export async function signUp(
  url: string,
  name: string,
  persistSession?: AtpPersistSessionHandler,
): Promise<SignedIn> {
  const agent = new AtpAgent({ service: url, persistSession });
  await agent.createAccount({
    handle: `${name}.test`,
    email: `${name}@mail.test`,
    password: PASSWORD,
  });
  return agent as SignedIn;
}

/** What the client makes of a refusal, to be compared as a whole. */
export async function refusalOf(
  answer: Promise<unknown>,
): Promise<{ status: number; error: string }> {
  try {
    await answer;
  } catch (error) {
    if (!(error instanceof XRPCError)) throw error;
    return { status: error.status, error: error.error };
  }
  throw new Error("expected a refusal");
}

/** The key that the directory names for an account's repository. */
export async function signingKeyOf(
  plcUrl: string,
  did: string,
): Promise<string> {
  const response = await fetch(`${plcUrl}/${did}/data`);
  const data = (await response.json()) as {
    verificationMethods: { atproto: string };
  };
  return data.verificationMethods.atproto;
}
