import { readFileSync } from "node:fs";
import { OperatorError } from "#lib/errors.ts";
import type { Curve } from "#repo/keys.ts";
import { createSigner, type Signer } from "#repo/signer.ts";
import { type Call, EXIT } from "./command.ts";

/** Signs a text with a private key that its owner keeps, such as a recovery key. */
export async function runSign({
  args: [text],
  flags,
  terminal,
}: Call): Promise<number> {
  const path = flags.get("key");
  if (text === undefined || path === undefined) {
    terminal.err("Name the file with the key, and the text to sign.\n");
    return EXIT.usage;
  }
  const curve = flags.get("curve") ?? "k256";
  const signer = openSigner(curve as Curve, path);
  const signature = await signer.sign(Buffer.from(text));
  terminal.out(`${Buffer.from(signature).toString("base64url")}\n`);
  terminal.err(`Signed with ${signer.didKey}.\n`);
  return EXIT.ok;
}

/** @throws OperatorError */
function openSigner(curve: Curve, path: string): Signer {
  const hint =
    "The file holds 64 hexadecimal digits; --curve says k256 or p256.";
  try {
    const hex = readFileSync(path, "latin1").trim();
    if (!/^[0-9a-fA-F]{64}$/.test(hex) || !["k256", "p256"].includes(curve)) {
      throw new OperatorError(`${path} does not hold a private key`, { hint });
    }
    return createSigner(curve, Buffer.from(hex, "hex"));
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    throw new OperatorError(`${path} can't be used`, { hint, cause: error });
  }
}
