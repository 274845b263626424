import { runScenarios } from "./scenario.ts";
import { repoBatches } from "./scenarios/repo-batches.ts";
import { repoBlobs } from "./scenarios/repo-blobs.ts";
import { repoDeletes } from "./scenarios/repo-deletes.ts";
import { repoReads } from "./scenarios/repo-reads.ts";
import { repoWrites } from "./scenarios/repo-writes.ts";

runScenarios({
  ...repoWrites,
  ...repoDeletes,
  ...repoBatches,
  ...repoReads,
  ...repoBlobs,
});
