/** How much each row does in one round. */
export interface Sizes {
  rounds: number;
  /** Accounts that there are before the rows begin; what writes over all accounts goes through. */
  leastAccounts: number;
  /** Accounts made in each round. */
  accounts: number;
  writes: number;
  changes: number;
  batches: number;
  reads: number;
  sessions: number;
  uploads: number;
  exports: number;
  /** Records that the large repository has before the rows begin. */
  bigRecords: number;
  /** Sizes of one repository at which a single write is measured, ascending. */
  growth: readonly number[];
  growthWrites: number;
  /** How long a client takes to read the large repository. */
  slowExportMs: number;
  /** Accounts that are made, with two posts each, before memory is looked at. */
  memoryAccounts: number;
  lagWrites: number;
  starts: number;
}

export const SIZES: Readonly<Record<"quick" | "full", Sizes>> = {
  quick: {
    rounds: 3,
    leastAccounts: 64,
    accounts: 24,
    writes: 200,
    changes: 60,
    batches: 3,
    reads: 1000,
    sessions: 12,
    uploads: 200,
    exports: 3,
    bigRecords: 10_000,
    growth: [1000, 10_000],
    growthWrites: 100,
    slowExportMs: 15_000,
    memoryAccounts: 100,
    lagWrites: 60,
    starts: 3,
  },
  full: {
    rounds: 5,
    leastAccounts: 10_000,
    accounts: 200,
    writes: 1500,
    changes: 300,
    batches: 10,
    reads: 4000,
    sessions: 40,
    uploads: 500,
    exports: 5,
    bigRecords: 50_000,
    growth: [1000, 10_000, 100_000, 1_000_000],
    growthWrites: 400,
    slowExportMs: 150_000,
    memoryAccounts: 1000,
    lagWrites: 800,
    starts: 7,
  },
};
