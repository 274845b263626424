import type { SecurityEvents } from "./events.ts";

/** Remembers nothing; for tests of what else happens. */
export const silentEvents: Pick<
  SecurityEvents,
  "record" | "recordBy" | "recordSignIn"
> = { record() {}, recordBy() {}, recordSignIn() {} };
