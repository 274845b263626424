import { systemRandom } from "#contexts/security/random.ts";
import { type Access, createAccess } from "./access.ts";
import { type Browsers, createBrowsers } from "./browsers.ts";
import {
  type ClientDescription,
  describeClient,
} from "./client-description.ts";
import type { OAuthContextDeps } from "./deps.ts";
import { createDevices } from "./devices.ts";
import type { Engine } from "./engine.ts";
import type { RemoteSignIn } from "./remote-sign-in.ts";
import { createSignIn } from "./sign-in.ts";

/** Sign-in for applications, and what they may do then. */
export interface OAuth {
  /** @see https://www.rfc-editor.org/rfc/rfc9728 */
  protectedResource(): object;
  /** The protocol, loaded when it is first asked for: most servers start without it. */
  engine(): Promise<Engine>;
  /** Signs administrators in at their own server; loaded likewise. */
  remoteSignIn(): Promise<RemoteSignIn>;
  /** What their server reads of us. */
  readonly client: ClientDescription;
  /** Who is signed in where, on the pages of accounts. */
  browsers: Browsers;
  /** Who has access to an account. */
  access: Access;
  /** Takes away what has ended; returns the number of rows, `limit` of each kind at most. */
  removeExpired(limit: number): number;
}

/** A browser that shows nothing for so long is forgotten. */
const DEVICE_KEPT_MS = 400 * 24 * 3_600_000;

export function createOAuth(given: OAuthContextDeps): OAuth {
  const { db, clock, publicUrl } = given;
  const random = given.random ?? systemRandom;
  const rows = db.oauth.devices;
  const devices = createDevices({ rows, clock, random });
  const signIn = createSignIn(given);
  const client = describeClient(publicUrl);
  const [forAdmins, forDelegates] = client.redirect_uris;
  // One each: an answer for the one door opens no other.
  const remoteAt = (redirectUri: string) =>
    loadOnce(async () => {
      const { createRemoteSignIn } = await import("./remote-sign-in.ts");
      return createRemoteSignIn({ ...given, client, redirectUri, random });
    });
  const delegateSignIn = remoteAt(forDelegates);
  const deps = { ...given, devices, signIn, delegateSignIn };
  return {
    client,
    engine: loadOnce(async () => {
      const { createEngine } = await import("./engine.ts");
      return createEngine(deps);
    }),
    remoteSignIn: remoteAt(forAdmins),
    browsers: createBrowsers({ ...deps, random }),
    access: createAccess(given),
    protectedResource: () => ({
      resource: publicUrl,
      authorization_servers: [publicUrl],
      scopes_supported: [],
      bearer_methods_supported: ["header"],
      resource_documentation: "https://atproto.com",
    }),
    removeExpired(limit) {
      const nowMs = clock.nowMs();
      const { requests, tokens, replays, devices } = db.oauth;
      return Math.max(
        requests.removeExpired(nowMs, limit),
        tokens.removeExpired(nowMs, limit),
        replays.removeExpired(nowMs, limit),
        devices.removeUnseen(nowMs - DEVICE_KEPT_MS, limit),
      );
    },
  };
}

/** What failed to load is tried again the next time. */
function loadOnce<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | null = null;
  return () => {
    loaded ??= load().catch((error: unknown) => {
      loaded = null;
      throw error;
    });
    return loaded;
  };
}
