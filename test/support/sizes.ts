/** One heavy test: how much of it runs on each push, and how much in a long run. */
interface Size {
  push: number;
  long: number;
}

/**
 * The one table of test sizes. `bun run test` uses the column `push`, which
 * together stays under 15 minutes on two cores; `bun run test:long` uses `long`.
 */
const SIZES = {
  /** Mixed writes that the followers of the firehose verify. */
  followerWrites: { push: 1000, long: 10_000 },
  /** Accounts that those writes spread over. */
  followerAccounts: { push: 10, long: 100 },
  /** Times that a server is killed during a write load. */
  kills: { push: 20, long: 1000 },
  /** Accounts that are written to during those kills. */
  crashAccounts: { push: 4, long: 6 },
  /** Clients that write to them at once. */
  crashWriters: { push: 12, long: 16 },
  /** Times that an account is taken from its writers, of each way to do it. */
  raceRounds: { push: 10, long: 300 },
  /** Times that a disk is filled up under writers. */
  diskFills: { push: 3, long: 50 },
  /** Simulated power cuts. */
  powerCuts: { push: 50, long: 2000 },
  /** Cases of each property test. */
  propertyRuns: { push: 100, long: 2000 },
  /** Records of the trees that property tests build. */
  propertyRecords: { push: 200, long: 5000 },
  /** Inputs that are fed to parsers in all. */
  parserInputs: { push: 90_000, long: 9_800_000 },
  /** Calls of all methods with broken parts. */
  fuzzCalls: { push: 8000, long: 200_000 },
  /** Requests of damaged bytes. */
  rawRequests: { push: 2000, long: 50_000 },
  /** Requests of damaged queries and forms to the pages of owners, as many to the operator's and to those for everybody. */
  pageRequests: { push: 1000, long: 50_000 },
  /** Pairs of a width and a colour scheme that each page is looked at in. */
  pageLooks: { push: 2, long: 4 },
  /** Lines of a list on such a page that are looked at. */
  listItems: { push: 15, long: 10_000 },
  /** Broken inputs of a single property test. */
  fuzzInputs: { push: 2000, long: 200_000 },
  /** Connections that do nothing beside honest ones. */
  idleConnections: { push: 2000, long: 5000 },
  /** Subscribers that follow the firehose at once. */
  subscribers: { push: 50, long: 1000 },
  /** Readers of a server in another process, at 50 commits a second. */
  loadReaders: { push: 100, long: 1000 },
  /** Writers that write to one account at once. */
  writersOfOneAccount: { push: 100, long: 500 },
  /** Records of the repository that is imported into a process of its own. */
  importRecords: { push: 5000, long: 50_000 },
  /** CARs with bytes changed at random, sent to be imported. */
  brokenCars: { push: 100, long: 5000 },
  /** Records of the repository that a write is compared in with one in 1,000. */
  growthRecords: { push: 10_000, long: 1_000_000 },
  /** Records of the repository that export tests stream. */
  exportRecords: { push: 2000, long: 200_000 },
} satisfies Record<string, Size>;

export type SizeName = keyof typeof SIZES;

export const testColumn: keyof Size =
  process.env.TEST_SIZE === "long" ? "long" : "push";

/** How much of a heavy test to run. */
export function sizeOf(name: SizeName): number {
  return SIZES[name][testColumn];
}
