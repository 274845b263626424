const SIGNALS = ["SIGTERM", "SIGINT"] as const;
/** As shells report a process that a signal ended: 128 and the signal's number. */
const EXIT_INTERRUPTED = 130;

export interface StopSignal {
  /** Resolves with the first signal. A second one ends the process at once. */
  received: Promise<string>;
  /** Gives the signals back to their default. */
  dispose(): void;
}

/** Listens from now on, so that a signal during the start is not lost. */
export function listenForStop(): StopSignal {
  const { promise, resolve } = Promise.withResolvers<string>();
  let isStopping = false;
  const onSignal = (signal: string) => {
    if (isStopping) process.exit(EXIT_INTERRUPTED);
    isStopping = true;
    resolve(signal);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return {
    received: promise,
    dispose: () => {
      for (const signal of SIGNALS) process.off(signal, onSignal);
    },
  };
}
