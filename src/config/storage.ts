import { bool, bytes, bytesOrNone, oneOf, path, whole } from "./parsers.ts";
import { optional, setting } from "./setting.ts";

/** Where data lies and how much is taken. */
export const STORAGE_SETTINGS = {
  dataFolder: optional(
    "DATA_DIR",
    path,
    "Folder of all databases, blobs and keys.",
    {
      aliases: ["PDS_DATA_DIRECTORY"],
      shown:
        "$STATE_DIRECTORY, else ./tempest-data; for `tempest dev`, ./tempest-data-dev",
    },
  ),
  siteFolder: optional(
    "SITE_DIR",
    path,
    "Folder of the operator's own pages and files: home.md, privacy.md, terms.md, and well-known/ for /.well-known/.",
    { aliases: [], shown: "DATA_DIR/site" },
  ),
  blobFolder: optional("BLOB_DIR", path, "Folder of blobs.", {
    aliases: ["PDS_BLOBSTORE_DISK_LOCATION"],
    shown: "DATA_DIR/blobs",
  }),
  blobTmpFolder: optional(
    "BLOB_TMP_DIR",
    path,
    "Folder of uploads that are not finished; on the same disk as the blobs.",
    {
      aliases: ["PDS_BLOBSTORE_DISK_TMP_LOCATION"],
      shown: "a folder beside the blobs",
    },
  ),
  blobUploadLimitBytes: setting(
    "BLOB_MAX_BYTES",
    bytes,
    100 * 1024 * 1024,
    "Largest blob.",
    { aliases: ["PDS_BLOB_UPLOAD_LIMIT"] },
  ),
  acceptingRepoImports: setting(
    "ACCEPTING_REPO_IMPORTS",
    bool,
    true,
    "Accounts may bring their repository.",
  ),
  maxRepoImportBytes: optional(
    "MAX_REPO_IMPORT_SIZE",
    bytes,
    "Largest repository taken in.",
    { shown: "no limit" },
  ),
  scarceDiskBytes: optional(
    "DISK_SCARCE_BYTES",
    bytesOrNone,
    "Free space below which neither blobs nor repositories are taken in (507); 0 is never.",
    { aliases: [], shown: "a twentieth of the disk, 1 GiB at most" },
  ),
  reserveDiskBytes: optional(
    "DISK_RESERVE_BYTES",
    bytesOrNone,
    "Free space that is kept for finishing what was begun: below twice that much nothing is written (503); 0 is none.",
    { aliases: [], shown: "a hundredth of the disk, 64 MiB at most" },
  ),
  openRepoHandles: setting(
    "OPEN_REPOS",
    whole(1, 100_000),
    64,
    "Repository files kept open; each costs two file handles and 160 KB, and saves a write or read of its account some 0.4 ms.",
    { aliases: ["PDS_ACTOR_STORE_CACHE_SIZE"] },
  ),
  repoLending: setting(
    "REPO_THREAD",
    oneOf("auto", "on", "off"),
    "auto",
    "A second thread that opens closed repositories for writes: auto, while more than 50 are opened in a second.",
    { aliases: [] },
  ),
};
