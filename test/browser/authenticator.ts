import type { CDPSession, Page } from "playwright-core";
import { Secret, TOTP } from "otpauth";

/** A phone with passkeys, as the browser sees it. */
export interface VirtualAuthenticator {
  /** How many keys it holds. */
  count(): Promise<number>;
  /** False: it lies in the next room, and what the page asks of it waits. */
  setPresent(isPresent: boolean): Promise<void>;
  /** Takes it out of the page; its keys are gone. */
  remove(): Promise<void>;
}

/** @see https://chromedevtools.github.io/devtools-protocol/tot/WebAuthn/ */
export async function addAuthenticator(
  page: Page,
): Promise<VirtualAuthenticator> {
  const session: CDPSession = await page.context().newCDPSession(page);
  await session.send("WebAuthn.enable");
  const { authenticatorId } = await session.send(
    "WebAuthn.addVirtualAuthenticator",
    {
      options: {
        protocol: "ctap2",
        transport: "internal",
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    },
  );
  return {
    async count() {
      const { credentials } = await session.send("WebAuthn.getCredentials", {
        authenticatorId,
      });
      return credentials.length;
    },
    setPresent: (enabled) =>
      session
        .send("WebAuthn.setAutomaticPresenceSimulation", {
          ...{ authenticatorId, enabled },
        })
        .then(() => undefined),
    remove: () =>
      session
        .send("WebAuthn.removeVirtualAuthenticator", { authenticatorId })
        .then(() => undefined),
  };
}

/**
 * An authenticator app. A code is good once, so tests take those of the step
 * before and after too.
 */
export function createTotpApp(
  secret: string,
  nowMs: () => number = Date.now,
): (steps?: number) => string {
  const totp = new TOTP({
    secret: Secret.fromBase32(secret.replace(/\s/g, "")),
  });
  return (steps = 0) => totp.generate({ timestamp: nowMs() + steps * 30_000 });
}
