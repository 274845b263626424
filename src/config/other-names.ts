/**
 * Names that other servers know and this one does not use. `harmless` ones are
 * reported and left; `refused` ones stop the start, because leaving them would
 * break a promise that the operator relies on.
 */
export interface OtherName {
  kind: "harmless" | "refused";
  reason: string;
  /** Values that ask for what happens anyway; they pass without a word. */
  accepted?: readonly string[];
}

const harmless = (reason: string, accepted?: string[]): OtherName => ({
  kind: "harmless",
  reason,
  accepted,
});
const refused = (reason: string, accepted?: string[]): OtherName => ({
  kind: "refused",
  reason,
  accepted,
});

const ONE_FOLDER =
  "all databases lie in one folder; unset it and set TEMPEST_DATA_DIR";
const NO_S3 =
  "blobs in an S3 bucket are not supported yet; use TEMPEST_BLOB_DIR";
const NO_S3_BACKUP = "backups to an S3 bucket are not supported yet";
const NO_ENTRYWAY = "running behind an entryway is not supported yet";
const ONE_PROCESS = "one process keeps its own counters and needs no Redis";
const NOT_ELIXIR = "it belongs to the Elixir version of Tempest";

/** The reference's remaining names, then those of the Elixir version of Tempest. */
export const OTHER_NAMES: Readonly<Record<string, OtherName>> = {
  PDS_VERSION: harmless("Tempest reports its own version"),
  PDS_HOST: harmless("it is a setting of command-line clients"),
  PDS_ENV_FILE: harmless("it is a setting of admin scripts"),
  PDS_PLC_ROTATION_KEY_KMS_KEY_ID: refused(
    "keys in a KMS are not supported yet; use TEMPEST_PLC_ROTATION_KEY",
  ),
  PDS_HCAPTCHA_TOKEN_SALT: harmless("what is asked of hCaptcha needs no salt"),
  PDS_OAUTH_TRUSTED_CLIENTS: harmless(
    "people see where an application comes from, whoever it is, and are always asked",
  ),
  PDS_DPOP_SECRET: harmless("it is made anew at each start"),
  PDS_ACCOUNT_DB_LOCATION: refused(ONE_FOLDER),
  PDS_SEQUENCER_DB_LOCATION: refused(ONE_FOLDER),
  PDS_ACTOR_STORE_DIRECTORY: refused(ONE_FOLDER),
  PDS_DID_CACHE_DB_LOCATION: harmless("DID documents are cached in memory"),
  PDS_MAX_SUBSCRIPTION_BUFFER: harmless(
    "readers of the firehose that fall behind are served from the log; what they leave unread is bounded in bytes",
  ),
  PDS_SQLITE_DISABLE_WAL_AUTO_CHECKPOINT: harmless(
    "Tempest checkpoints its databases itself",
    ["false", "0"],
  ),
  PDS_BLOBSTORE_S3_BUCKET: refused(NO_S3),
  PDS_BLOBSTORE_S3_REGION: refused(NO_S3),
  PDS_BLOBSTORE_S3_ENDPOINT: refused(NO_S3),
  PDS_BLOBSTORE_S3_FORCE_PATH_STYLE: refused(NO_S3),
  PDS_BLOBSTORE_S3_ACCESS_KEY_ID: refused(NO_S3),
  PDS_BLOBSTORE_S3_SECRET_ACCESS_KEY: refused(NO_S3),
  PDS_BLOBSTORE_S3_UPLOAD_TIMEOUT_MS: refused(NO_S3),
  PDS_BLOBSTORE_S3_REQUEST_TIMEOUT_MS: refused(NO_S3),
  PDS_ENTRYWAY_URL: refused(NO_ENTRYWAY),
  PDS_ENTRYWAY_DID: refused(NO_ENTRYWAY),
  PDS_ENTRYWAY_JWT_VERIFY_KEY_K256_PUBLIC_KEY_HEX: refused(NO_ENTRYWAY),
  PDS_ENTRYWAY_PLC_ROTATION_KEY: refused(NO_ENTRYWAY),
  PDS_ENTRYWAY_ADMIN_TOKEN: refused(NO_ENTRYWAY),
  PDS_REDIS_SCRATCH_ADDRESS: harmless(ONE_PROCESS),
  PDS_REDIS_SCRATCH_PASSWORD: harmless(ONE_PROCESS),
  PDS_PROXY_ALLOW_HTTP2: harmless("calls are proxied over HTTP/1.1", ["false"]),
  PDS_PROXY_PREFER_COMPRESSED: harmless(
    "the client's accept-encoding is passed on",
    ["false"],
  ),
  LOG_SYSTEMS: harmless("all parts log; TEMPEST_LOG_LEVEL chooses how much"),
  LOG_DESTINATION: harmless("the log goes to standard error"),

  SECRET_KEY_BASE: harmless(NOT_ELIXIR),
  POOL_SIZE: harmless(NOT_ELIXIR),
  PHX_SERVER: harmless(NOT_ELIXIR),
  PHX_HOST: harmless(`${NOT_ELIXIR}; set TEMPEST_HOSTNAME`),
  DNS_CLUSTER_QUERY: harmless(NOT_ELIXIR),
  TEMPEST_HOSTED_DID_METHOD: refused(
    "new accounts get a did:plc; accounts bring a did:web themselves",
    ["plc"],
  ),
  TEMPEST_BLOB_CDN_BASE_URL: refused(
    "picture URLs follow a pattern; use TEMPEST_APPVIEW_CDN_URL_PATTERN",
  ),
  TEMPEST_BLOB_STORE: refused(NO_S3, ["local"]),
  TEMPEST_BLOB_S3_ENDPOINT: refused(NO_S3),
  TEMPEST_BLOB_S3_BUCKET: refused(NO_S3),
  TEMPEST_BLOB_S3_REGION: refused(NO_S3),
  TEMPEST_BLOB_S3_ACCESS_KEY_ID: refused(NO_S3),
  TEMPEST_BLOB_S3_SECRET_ACCESS_KEY: refused(NO_S3),
  TEMPEST_BLOB_S3_AUTHORIZATION: refused(NO_S3),
  TEMPEST_BACKUP_STORE: refused(NO_S3_BACKUP, ["local"]),
  TEMPEST_BACKUP_S3_ENDPOINT: refused(NO_S3_BACKUP),
  TEMPEST_BACKUP_S3_BUCKET: refused(NO_S3_BACKUP),
  TEMPEST_BACKUP_S3_REGION: refused(NO_S3_BACKUP),
  TEMPEST_BACKUP_S3_ACCESS_KEY_ID: refused(NO_S3_BACKUP),
  TEMPEST_BACKUP_S3_SECRET_ACCESS_KEY: refused(NO_S3_BACKUP),
  TEMPEST_BACKUP_S3_AUTHORIZATION: refused(NO_S3_BACKUP),
  TEMPEST_LEXICON_KNOWN_RECORDS: refused(
    "a collection is known by its lexicon; use TEMPEST_LEXICON_PATHS",
  ),
};

/** Variables of other tools that share a prefix with ours; no word about them. */
export const FOREIGN_PREFIXES = ["OTEL_"] as const;
