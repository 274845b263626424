const POLL_MS = 10;

/**
 * Asks again and again until there is an answer; null, false and undefined are
 * none. What takes long is bounded, and nothing waits longer than it has to.
 * @throws Error that says what did not happen.
 */
export async function until<T>(
  what: string,
  timeoutMs: number,
  ask: () => T | Promise<T>,
): Promise<NonNullable<T>> {
  const endMs = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== null && answer !== undefined && answer !== false) {
      return answer as NonNullable<T>;
    }
    if (performance.now() > endMs) {
      throw new Error(`${what}: not within ${timeoutMs} ms`);
    }
    await Bun.sleep(POLL_MS);
  }
}
