import { systemClock } from "#lib/clock.ts";
import { type Network, startNetwork, type TestAccount } from "./network.ts";
import { findPort } from "./ports.ts";

/** Two servers on one directory: the operator of the first lives on the second. */
export interface TwoServers extends AsyncDisposable {
  /** Whose pages are asked for. */
  ours: Network;
  /** Where accounts live. Cookies know hosts and no ports, so it is `127.0.0.1`. */
  theirs: Network;
  /** The directory of both. */
  plcUrl: string;
  /** An administrator of ours, living there. */
  olga: TestAccount;
  /** Lives there too, and is nobody here. */
  eve: TestAccount;
  /** Lets time go by on our server. */
  wait(ms: number): void;
}

/** @param settings of ours */
export async function startTwoServers(
  settings: Record<string, string> = {},
): Promise<TwoServers> {
  const first = await startNetwork();
  const port = await findPort();
  const theirs = await startNetwork({
    settings: {
      TEMPEST_DID_PLC_URL: first.plcUrl,
      TEMPEST_PORT: String(port),
      TEMPEST_PUBLIC_URL: `http://127.0.0.1:${port}`,
    },
  });
  const olga = await theirs.createAccount("olga");
  const eve = await theirs.createAccount("eve");
  let aheadMs = 0;
  const nowMs = () => systemClock.nowMs() + aheadMs;
  // Our own server has to know her from its start.
  const ours = await startNetwork({
    settings: {
      TEMPEST_DID_PLC_URL: first.plcUrl,
      TEMPEST_ADMIN_DIDS: olga.did,
      ...settings,
    },
    deps: { clock: { nowMs, nowMicros: () => nowMs() * 1000 } },
  });
  return {
    ...{ ours, theirs, olga, eve, plcUrl: first.plcUrl },
    wait: (ms) => void (aheadMs += ms),
    async [Symbol.asyncDispose]() {
      await ours.stop();
      await theirs.stop();
      await first.stop();
    },
  };
}
