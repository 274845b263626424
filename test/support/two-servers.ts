import { findFreePort } from "#cli/dev-folder.ts";
import { type Network, startNetwork, type TestAccount } from "./network.ts";

/** Two servers on one directory: the operator of the first lives on the second. */
export interface TwoServers extends AsyncDisposable {
  /** Whose pages are asked for. */
  ours: Network;
  /** Where accounts live. Cookies know hosts and no ports, so it is `127.0.0.1`. */
  theirs: Network;
  /** An administrator of ours, living there. */
  olga: TestAccount;
  /** Lives there too, and is nobody here. */
  eve: TestAccount;
}

export async function startTwoServers(): Promise<TwoServers> {
  const first = await startNetwork();
  const port = await findFreePort(20_000 + Math.floor(Math.random() * 20_000));
  const theirs = await startNetwork({
    settings: {
      TEMPEST_DID_PLC_URL: first.plcUrl,
      TEMPEST_PORT: String(port),
      TEMPEST_PUBLIC_URL: `http://127.0.0.1:${port}`,
    },
  });
  const olga = await theirs.createAccount("olga");
  const eve = await theirs.createAccount("eve");
  // Our own server has to know her from its start.
  const ours = await startNetwork({
    settings: {
      TEMPEST_DID_PLC_URL: first.plcUrl,
      TEMPEST_ADMIN_DIDS: olga.did,
    },
  });
  return {
    ...{ ours, theirs, olga, eve },
    async [Symbol.asyncDispose]() {
      await ours.stop();
      await theirs.stop();
      await first.stop();
    },
  };
}
