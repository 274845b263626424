import { createPlcClient } from "#contexts/identity/plc.ts";
import type { PlcData } from "#contexts/identity/plc-operation.ts";
import { createServiceAuth } from "#contexts/security/service-auth.ts";
import { systemClock } from "#lib/clock.ts";
import { generatePrivateKey } from "#repo/keys.ts";
import { createSigner, type Signer } from "#repo/signer.ts";
import type { Did } from "#repo/syntax.ts";
import type { Answer, Network, TestAccount } from "./network.ts";

/** Somebody whose account is on a server that no test runs, with all keys in hand. */
export interface Mover {
  did: Did;
  /** Signs commits and service tokens. */
  signer: Signer;
  /** May change the identity. */
  rotation: Signer;
}

/** A server that one can move to. */
export interface Host extends Pick<Network, "call" | "plcUrl"> {
  config: Pick<Network["config"], "serviceDid">;
}

const newSigner = () => createSigner("k256", generatePrivateKey("k256"));

/** Makes an identity that names a server elsewhere. */
export async function createMover({ plcUrl }: Host): Promise<Mover> {
  const signer = newSigner();
  const rotation = newSigner();
  const plc = createPlcClient({ url: plcUrl, fetch });
  const { did, op } = plc.signGenesis({
    signingKey: signer.didKey,
    rotationKeys: [rotation.didKey],
    handle: "mover.elsewhere.test",
    pds: "https://elsewhere.example.com",
    signer: rotation,
  });
  await plc.submit(did, op);
  return { did, signer, rotation };
}

/** Makes the deactivated account that a move begins with. @throws Error unless that works. */
export async function arrive(
  host: Host,
  { did, signer }: Mover,
  name: string,
): Promise<TestAccount> {
  const lxm = "com.atproto.server.createAccount";
  const aud = host.config.serviceDid;
  const token = createServiceAuth({
    ...{ iss: did, aud, lxm, signer, clock: systemClock },
  });
  const password = `${name}-password`;
  const answer = await host.call(lxm, {
    token,
    input: {
      did,
      handle: `${name}.test`,
      email: `${name}@mail.test`,
      password,
    },
  });
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  return { ...answer.body, password };
}

/** Makes the identity say what the new server recommends. */
export async function pointHere(
  host: Host,
  { did, rotation }: Mover,
  token: string,
  change: (data: PlcData) => PlcData = (data) => data,
): Promise<void> {
  const wanted = await host.call(
    "com.atproto.identity.getRecommendedDidCredentials",
    { token },
  );
  const data = wanted.body as PlcData;
  // The owner's own key stays, or the next change could not be signed.
  const rotationKeys = [rotation.didKey, ...data.rotationKeys];
  await createPlcClient({ url: host.plcUrl, fetch }).update(did, rotation, () =>
    change({ ...data, rotationKeys }),
  );
}

// oxlint-disable-next-line typescript/no-explicit-any
type AnyAnswer = Answer<any>;

export function importCar(
  { call }: Pick<Network, "call">,
  token: string,
  car: Uint8Array,
  headers: Record<string, string> = {},
): Promise<AnyAnswer> {
  return call("com.atproto.repo.importRepo", {
    ...{ token, headers, input: car, type: "application/vnd.ipld.car" },
  });
}
