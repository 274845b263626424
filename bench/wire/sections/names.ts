export const SERVER = "com.atproto.server";
export const REPO = "com.atproto.repo";
export const SYNC = "com.atproto.sync";
export const IDENTITY = "com.atproto.identity";
export const ADMIN_METHODS = "com.atproto.admin";

export const POST = "app.bsky.feed.post";
export const PROFILE = "app.bsky.actor.profile";
/** A collection that neither server knows. */
export const THING = "com.example.thing";

/** Well-formed, and nobody's. */
export const NOBODY = "did:plc:bbbbbbbbbbbbbbbbbbbbbbbb";
export const NO_CID =
  "bafyreihyrpefhacm6kkp4ql6j6udakdit7g3dmkzfriqfykhjw6cad5lrm";
export const NO_BLOB =
  "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku";

export const createdAt = "2026-01-02T03:04:05.678Z";
