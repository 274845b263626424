import { findFreePort } from "#cli/dev-folder.ts";

/** Below those that systems give out by themselves, so that no other socket gets one while a server starts again. */
const FIRST = 10_000;
const PORTS_OF_ONE_WORKER = 2500;
const WORKERS = 8;

/**
 * A port that nobody listens on. Test files that run at the same time choose
 * from ranges of their own: none takes a port that another is about to use.
 */
export function findPort(): Promise<number> {
  const worker = Number(process.env.JEST_WORKER_ID ?? 0) % WORKERS;
  const at = Math.floor(Math.random() * PORTS_OF_ONE_WORKER);
  return findFreePort(FIRST + worker * PORTS_OF_ONE_WORKER + at);
}
