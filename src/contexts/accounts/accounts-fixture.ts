import { afterEach, beforeEach } from "bun:test";
import { XrpcError } from "#lib/errors.ts";
import type { Did } from "#repo/syntax.ts";
import type { TokenPair } from "#contexts/security/sessions.ts";
import { createTestHouse, type TestHouse } from "./test-house.ts";

export const PASSWORD = "correct horse";
export let house: TestHouse;
export let alice: TokenPair & { did: Did };

/** Gives each test of a file a house in which Alice has an account. */
export function useHouse(): void {
  beforeEach(async () => {
    house = createTestHouse();
    alice = await house.accounts.createAccount(
      { handle: "alice.test", email: "Alice@example.com", password: PASSWORD },
      { kind: "anonymous" },
    );
  });
  afterEach(() => house.remove());
}

/** Status and name of a refusal; the answer where there was one. */
export async function refusal(run: () => unknown): Promise<string> {
  try {
    return `answered ${JSON.stringify(await run())}`;
  } catch (error) {
    if (!(error instanceof XrpcError)) throw error;
    return `${error.status} ${error.error}`;
  }
}
