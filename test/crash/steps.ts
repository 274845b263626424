/** Points of the product at which a server ends itself in these tests; see `AppDeps.checkpoint`. */
export const NAMED_STEPS: readonly string[] = [
  // A write on its way, and an upload.
  ...["batch-taken", "batch-logged", "batch-applied"],
  ...["blob-staged", "blob-placed"],
  // The making of an account, and its end.
  ...[
    "prepared",
    "reserved",
    "submitted",
    "registered",
    "published",
    "active",
  ].map((step) => `creation-${step}`),
  ...["marked", "told", "repos-removed", "blobs-removed", "log-purged"],
  // A repository that arrives, and its account that becomes active.
  ...["spooled", "verified", "staged", "placed", "import-logged", "done"],
  ...["checked", "announced", "activated"],
];
