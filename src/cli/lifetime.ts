import { readFileSync } from "node:fs";

const SIGNALS = ["SIGTERM", "SIGINT"] as const;
/** A terminal that is closed, and what old habits send to have settings read again. */
const HANGUP = "SIGHUP";
/** As shells report a process that a signal ended: 128 and the signal's number. */
const EXIT_INTERRUPTED = 130;
/** Ctrl-C reaches every process of the terminal, and runners pass it on once more. */
const ECHO_MS = 500;

export interface StopSignal {
  /** Resolves with the first signal. Another one, later, ends the process at once. */
  received: Promise<string>;
  /** Gives the signals back to their default. */
  dispose(): void;
}

/** Listens from now on, so that a signal during the start is not lost. */
export function listenForStop(ignoresHangup = isHangupIgnored()): StopSignal {
  const { promise, resolve } = Promise.withResolvers<string>();
  let firstMs: number | null = null;
  const onSignal = (signal: string) => {
    const nowMs = performance.now();
    firstMs ??= nowMs;
    if (nowMs - firstMs > ECHO_MS) process.exit(EXIT_INTERRUPTED);
    resolve(signal);
  };
  const signals = ignoresHangup ? SIGNALS : [...SIGNALS, HANGUP];
  for (const signal of signals) process.on(signal, onSignal);
  return {
    received: promise,
    dispose: () => {
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}

/** As under nohup, which whoever listens would undo. */
function isHangupIgnored(): boolean {
  try {
    const status = readFileSync("/proc/self/status", "utf8");
    const ignored = /^SigIgn:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0";
    return (BigInt(`0x${ignored}`) & 1n) === 1n;
  } catch {
    return false; // Not Linux.
  }
}
