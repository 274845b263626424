export interface HostGate {
  run<T>(host: string, work: () => Promise<T>): Promise<T>;
}

/** Keeps one slow host from taking every connection: at most `maxPerHost` run at once, the rest wait in line. */
export function createHostGate(maxPerHost: number): HostGate {
  const hosts = new Map<string, { running: number; waiting: (() => void)[] }>();
  return {
    async run<T>(host: string, work: () => Promise<T>): Promise<T> {
      const state = hosts.get(host) ?? { running: 0, waiting: [] };
      hosts.set(host, state);
      if (state.running >= maxPerHost) {
        await new Promise<void>((resolve) => state.waiting.push(resolve));
      } else {
        state.running++;
      }
      try {
        return await work();
      } finally {
        const next = state.waiting.shift();
        if (next) next();
        else if (--state.running === 0) hosts.delete(host);
      }
    },
  };
}
