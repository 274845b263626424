import { createPasswords } from "#contexts/security/passwords.ts";
import { randomBase32, systemRandom } from "#contexts/security/random.ts";
import { type Call, EXIT } from "#cli/command.ts";

/** 160 random bits. */
const LENGTH = 32;

/** Makes a token of the operator; the server is told its hash alone. */
export async function runAdminToken({
  flags,
  terminal,
}: Call): Promise<number> {
  const token = `tempest-admin-${randomBase32(systemRandom, LENGTH)}`;
  const hash = await createPasswords().hash(token);
  if (flags.get("json") === "true") {
    terminal.out(`${JSON.stringify({ token, hash })}\n`);
    return EXIT.ok;
  }
  terminal.out(`${token}\nTEMPEST_ADMIN_TOKEN_HASH='${hash}'\n`);
  terminal.err("Keep the token: it is shown this once.\n");
  return EXIT.ok;
}
