import type { Call } from "#edge/xrpc/method.ts";

/** What a client must know of the host before anybody has signed in. */
export function describeServer(_contexts: unknown, { settings }: Call): object {
  const { privacyPolicyUrl, termsOfServiceUrl, contactEmail } = settings;
  return {
    did: settings.serviceDid,
    availableUserDomains: settings.handleDomains,
    inviteCodeRequired: settings.inviteRequired,
    // The name is older than checks that need no phone.
    ...(settings.verificationRequired && { phoneVerificationRequired: true }),
    blobUploadLimit: settings.blobUploadLimitBytes,
    links: {
      ...(privacyPolicyUrl !== null && { privacyPolicy: privacyPolicyUrl }),
      ...(termsOfServiceUrl !== null && { termsOfService: termsOfServiceUrl }),
    },
    contact: { ...(contactEmail !== null && { email: contactEmail }) },
  };
}
