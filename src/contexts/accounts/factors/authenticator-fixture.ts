import {
  createHash,
  generateKeyPairSync,
  randomBytes,
  sign,
} from "node:crypto";
import { encode } from "@ipld/dag-cbor";

/** What a page tells a device, and where the page is. */
interface Ceremony {
  options: object;
  origin: string;
  /** The host that the browser vouches for; that of the page unless said. */
  rpId?: string;
  /** False: the device did not make sure of its owner. */
  isVerified?: boolean;
}

/** A device with passkeys, in software. */
export interface Authenticator {
  /** Makes a key; the answer as the page's script sends it. */
  create(ceremony: Ceremony): string;
  /** Signs with the key. */
  get(ceremony: Ceremony): string;
  /** How often it has signed; set it back to play a copy of the device. */
  counter: number;
}

// Bits of authenticator data: WebAuthn §6.1.
const PRESENT = 0x01;
const VERIFIED = 0x04;
const BACKUP_ELIGIBLE = 0x08;
const BACKED_UP = 0x10;
const ATTESTED = 0x40;

export function createAuthenticator(): Authenticator {
  const id = randomBytes(32);
  const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  let userHandle = "";

  function dataOf(
    { origin, rpId, isVerified = true }: Ceremony,
    flags: number,
  ) {
    const host = rpId ?? new URL(origin).hostname;
    const head = Buffer.alloc(5);
    head[0] = flags | PRESENT | (isVerified ? VERIFIED : 0);
    head.writeUInt32BE(device.counter, 1);
    return Buffer.concat([sha256(host), head]);
  }

  /** A COSE key: a map of small numbers, which the codec of the repositories can't write. */
  function coseKey(): Buffer {
    const { x, y } = keys.publicKey.export({ format: "jwk" });
    return Buffer.concat([
      Buffer.from("a5010203262001215820", "hex"),
      Buffer.from(x!, "base64url"),
      Buffer.from("225820", "hex"),
      Buffer.from(y!, "base64url"),
    ]);
  }

  const answer = (response: Record<string, string>) =>
    JSON.stringify({
      id: id.toString("base64url"),
      rawId: id.toString("base64url"),
      type: "public-key",
      clientExtensionResults: {},
      response,
    });

  const device: Authenticator = {
    counter: 0,
    create(ceremony) {
      const { user } = ceremony.options as { user: { id: string } };
      userHandle = user.id;
      const size = Buffer.alloc(2);
      size.writeUInt16BE(id.length);
      const authData = Buffer.concat([
        dataOf(ceremony, ATTESTED | BACKUP_ELIGIBLE | BACKED_UP),
        Buffer.alloc(16),
        ...[size, id, coseKey()],
      ]);
      const attestation = encode({
        fmt: "none",
        attStmt: {},
        authData: new Uint8Array(authData),
      });
      return answer({
        clientDataJSON: clientData("webauthn.create", ceremony),
        attestationObject: Buffer.from(attestation).toString("base64url"),
      });
    },
    get(ceremony) {
      device.counter++;
      const data = dataOf(ceremony, BACKUP_ELIGIBLE | BACKED_UP);
      const client = clientData("webauthn.get", ceremony);
      const hash = sha256(Buffer.from(client, "base64url"));
      const signature = sign(
        "sha256",
        Buffer.concat([data, hash]),
        keys.privateKey,
      );
      return answer({
        clientDataJSON: client,
        authenticatorData: data.toString("base64url"),
        signature: signature.toString("base64url"),
        userHandle,
      });
    },
  };
  return device;
}

function clientData(type: string, { options, origin }: Ceremony): string {
  const { challenge } = options as { challenge: string };
  return Buffer.from(JSON.stringify({ type, challenge, origin })).toString(
    "base64url",
  );
}

function sha256(data: string | Uint8Array): Buffer {
  return createHash("sha256").update(data).digest();
}
