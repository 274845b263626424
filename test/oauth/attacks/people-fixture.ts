import { afterAll, beforeAll } from "bun:test";
import {
  type Network,
  startNetwork,
  type TestAccount,
} from "../../support/network.ts";
import { createRawClient } from "../raw-client.ts";

export const GET_SESSION = "com.atproto.server.getSession";

export let network: Network;
export let alice: TestAccount;
export let bob: TestAccount;

/** Gives the tests of a file a network with two people. */
export function usePeople(): void {
  beforeAll(async () => {
    network = await startNetwork();
    alice = await network.createAccount("alice");
    bob = await network.createAccount("bob");
  });
  afterAll(() => network.stop());
}

/** An application that knows no manners. */
export const newClient = (scope?: string) =>
  createRawClient(network.url, scope);
