import {
  ADMIN,
  MOD,
  NONE,
  optional,
  owner,
  REFRESH,
  SERVICE_OPTIONAL,
  session,
} from "./auth.ts";
import * as limits from "./limit-rules.ts";
import type { Method, SubscriptionMethod } from "./method.ts";
import { getPreferences, putPreferences } from "./methods/actor.ts";
import {
  forwardToNotifier,
  getFeed,
  getProfile,
  getProfiles,
  readAfterWrite,
} from "./methods/appview.ts";
import { car, getBlob, importRepo, uploadBlob } from "./methods/bytes.ts";
import { resolveHandle } from "./methods/identity.ts";
import { resolveLexicon } from "./methods/lexicon.ts";
import { createReport } from "./methods/moderation.ts";
import { getRecord } from "./methods/repo.ts";
import { describeServer } from "./methods/server.ts";

/** Records of up to 1 MB fit, several to a batch. */
const maxBodyBytes = () => 1_000_000;
const WRITE_FAULTS = ["BlobNotFound", "InvalidMimeType", "InvalidSize"];
const INACTIVE_FAULTS = [
  "RepoNotFound",
  "RepoTakendown",
  "RepoSuspended",
  "RepoDeactivated",
];
/** What moderation tools know unknown subjects by. */
const NOT_FOUND = ["NotFound"];
const HANDLE_FAULTS = ["InvalidHandle", "HandleNotAvailable"];
const STREAM_SEC = 120;
/** A part of the 32 that the server does at a time, so that one slow reader leaves some to others. */
const EXPORTS_PER_IP = 20;
/** As long as the server can be told to wait; a large repository takes minutes to check. */
const LONGEST_SEC = 255;

/**
 * Every method that this server answers itself. A row says who may call it and
 * how often, and what answers it; the rest is in its lexicon. Methods that
 * have no row go to the service that has them.
 */
// prettier-ignore
export const METHODS: Readonly<Record<string, Method>> = {
  "com.atproto.server.describeServer": { auth: NONE, run: describeServer },
  "com.atproto.server.createAccount": { auth: SERVICE_OPTIONAL, limit: limits.ACCOUNT_CREATION, errors: ["AlreadyExists"], room: "some", run: ({ accounts }, call) => accounts.createAccount(call.input, call.caller) },
  "com.atproto.server.createSession": { auth: NONE, limit: limits.SIGN_IN, run: ({ accounts }, call) => accounts.createSession(call.input, call.caller) },
  "com.atproto.server.getSession": { auth: session("+queued"), permission: "any", run: ({ accounts }, call) => accounts.getSession(call.caller) },
  "com.atproto.server.refreshSession": { auth: REFRESH, run: ({ accounts }, call) => accounts.refreshSession(call.bearer, call.caller) },
  "com.atproto.server.deleteSession": { auth: REFRESH, run: ({ accounts }, call) => accounts.deleteSession(call.bearer, call.caller) },
  "com.atproto.server.reserveSigningKey": { auth: NONE, limit: limits.KEY_RESERVATION, run: ({ accounts }, call) => accounts.reserveSigningKey(call.input) },
  "com.atproto.server.checkAccountStatus": { auth: session(), permission: "any", run: ({ accounts }, call) => accounts.checkAccountStatus(call.caller) },
  "com.atproto.server.activateAccount": { auth: owner(), permission: "never", limit: limits.STATUS_CHANGE, run: ({ accounts }, call) => accounts.activateAccount(call.caller) },
  "com.atproto.server.deactivateAccount": { auth: owner("+takendown"), permission: "account:status?action=manage", limit: limits.STATUS_CHANGE, run: ({ accounts }, call) => accounts.deactivateAccount(call.input, call.caller) },
  "com.atproto.server.deleteAccount": { auth: NONE, limit: limits.ACCOUNT_DELETION, run: ({ accounts }, call) => accounts.deleteAccount(call.input, call.caller) },
  "com.atproto.server.createInviteCode": { auth: ADMIN, run: ({ accounts }, call) => accounts.createInviteCode(call.input) },
  "com.atproto.server.createInviteCodes": { auth: ADMIN, run: ({ accounts }, call) => accounts.createInviteCodes(call.input) },
  "com.atproto.server.getAccountInviteCodes": { auth: owner("-takendown"), permission: "never", run: ({ accounts }, call) => accounts.getAccountInviteCodes(call.params, call.caller) },
  "com.atproto.server.createAppPassword": { auth: owner("-takendown"), permission: "never", limit: limits.APP_PASSWORD, run: ({ accounts }, call) => accounts.createAppPassword(call.input, call.caller) },
  "com.atproto.server.listAppPasswords": { auth: session(), permission: "never", run: ({ accounts }, call) => accounts.listAppPasswords(call.caller) },
  "com.atproto.server.revokeAppPassword": { auth: session(), permission: "never", run: ({ accounts }, call) => accounts.revokeAppPassword(call.input, call.caller) },
  "com.atproto.server.getServiceAuth": { auth: session("+takendown"), permission: "rpc:named", run: ({ accounts }, call) => accounts.getServiceAuth(call.params, call.caller) },
  "com.atproto.server.requestEmailConfirmation": { auth: session("-takendown"), permission: "account:email?action=manage", limit: limits.EMAIL_CONFIRMATION, run: ({ accounts }, call) => accounts.requestEmailConfirmation(call.caller) },
  "com.atproto.server.confirmEmail": { auth: session("-takendown"), permission: "account:email?action=manage", limit: limits.EMAIL_CODE, run: ({ accounts }, call) => accounts.confirmEmail(call.input, call.caller) },
  "com.atproto.server.requestEmailUpdate": { auth: owner("-takendown"), permission: "never", limit: limits.EMAIL_UPDATE, run: ({ accounts }, call) => accounts.requestEmailUpdate(call.caller) },
  "com.atproto.server.updateEmail": { auth: owner("-takendown"), permission: "never", limit: limits.EMAIL_CODE, run: ({ accounts }, call) => accounts.updateEmail(call.input, call.caller) },
  "com.atproto.server.requestPasswordReset": { auth: NONE, limit: limits.PASSWORD_RESET_LETTER, run: ({ accounts }, call) => accounts.requestPasswordReset(call.input, call.caller) },
  "com.atproto.server.resetPassword": { auth: NONE, limit: limits.PASSWORD_RESET, errors: ["InvalidPassword"], run: ({ accounts }, call) => accounts.resetPassword(call.input, call.caller) },
  "com.atproto.server.requestAccountDelete": { auth: owner("-takendown"), permission: "never", limit: limits.ACCOUNT_DELETION_LETTER, run: ({ accounts }, call) => accounts.requestAccountDelete(call.caller) },

  "com.atproto.identity.resolveHandle": { auth: NONE, run: resolveHandle },
  "com.atproto.identity.updateHandle": { auth: session("-takendown"), permission: "identity:handle", limit: limits.HANDLE_UPDATE, errors: HANDLE_FAULTS, run: ({ accounts }, call) => accounts.updateHandle(call.input, call.caller) },
  "com.atproto.identity.getRecommendedDidCredentials": { auth: session(), permission: "any", run: ({ accounts }, call) => accounts.getRecommendedDidCredentials(call.caller) },
  "com.atproto.identity.requestPlcOperationSignature": { auth: owner("+takendown"), permission: "identity:*", limit: limits.PLC_SIGNATURE, run: ({ accounts }, call) => accounts.requestPlcOperationSignature(call.caller) },
  "com.atproto.identity.signPlcOperation": { auth: owner("+takendown"), permission: "identity:*", limit: limits.PLC_CODE, run: ({ accounts }, call) => accounts.signPlcOperation(call.input, call.caller) },
  "com.atproto.identity.submitPlcOperation": { auth: session(), permission: "identity:*", limit: limits.HANDLE_UPDATE, run: ({ accounts }, call) => accounts.submitPlcOperation(call.input, call.caller) },
  "com.atproto.identity.resolveDid": { auth: NONE, limit: limits.NETWORK_LOOKUP, run: ({ lookups }, call) => lookups.resolveDid(call.params) },
  "com.atproto.identity.resolveIdentity": { auth: NONE, limit: limits.NETWORK_LOOKUP, run: ({ lookups }, call) => lookups.resolveIdentity(call.params) },
  "com.atproto.identity.refreshIdentity": { auth: NONE, limit: limits.FORCED_LOOKUP, run: ({ lookups }, call) => lookups.refreshIdentity(call.input) },

  "com.atproto.repo.createRecord": { auth: session("-takendown", "-deactivated"), permission: "repo:create", limit: limits.CREATE_RECORD, maxBodyBytes, errors: WRITE_FAULTS, room: "some", run: ({ records }, call) => records.createRecord(call.input, call.caller) },
  "com.atproto.repo.putRecord": { auth: session("-takendown", "-deactivated"), permission: "repo:create+update", limit: limits.PUT_RECORD, maxBodyBytes, errors: WRITE_FAULTS, room: "some", run: ({ records }, call) => records.putRecord(call.input, call.caller) },
  "com.atproto.repo.deleteRecord": { auth: session("-takendown", "-deactivated"), permission: "repo:delete", limit: limits.DELETE_RECORD, room: "some", run: ({ records }, call) => records.deleteRecord(call.input, call.caller) },
  "com.atproto.repo.applyWrites": { auth: session("-takendown", "-deactivated"), permission: "repo:each", limit: limits.APPLY_WRITES, maxBodyBytes, errors: WRITE_FAULTS, room: "some", run: ({ records }, call) => records.applyWrites(call.input, call.caller) },
  "com.atproto.repo.getRecord": { auth: NONE, run: getRecord },
  "com.atproto.repo.listRecords": { auth: NONE, run: ({ records }, call) => records.listRecords(call.params) },
  "com.atproto.repo.describeRepo": { auth: NONE, errors: INACTIVE_FAULTS, run: ({ records }, call) => records.describeRepo(call.params) },
  "com.atproto.repo.uploadBlob": { auth: session("-takendown", "+service"), permission: "blob", limit: limits.BLOB_UPLOAD, maxBodyBytes: (settings) => settings.blobUploadLimitBytes, timeoutSec: STREAM_SEC, room: "much", run: uploadBlob },
  "com.atproto.repo.importRepo": { auth: owner("-takendown"), permission: "account:repo?action=manage", limit: limits.REPO_IMPORT, maxBodyBytes: (settings) => settings.maxRepoImportBytes ?? Infinity, timeoutSec: LONGEST_SEC, room: "much", run: importRepo },
  "com.atproto.repo.listMissingBlobs": { auth: session(), permission: "any", run: ({ blobs }, call) => blobs.listMissingBlobs(call.params, call.caller) },

  "com.atproto.sync.getRepo": { auth: optional("+takendown"), permission: "any", limit: limits.REPO_EXPORT, atOncePerIp: EXPORTS_PER_IP, timeoutSec: STREAM_SEC, run: ({ sync }, call) => car(call, sync.getRepo(call.params, call.caller)) },
  "com.atproto.sync.getRecord": { auth: optional(), permission: "any", limit: limits.SYNC_READ, run: ({ sync }, call) => car(call, sync.getRecord(call.params, call.caller)) },
  "com.atproto.sync.getBlocks": { auth: optional(), permission: "any", limit: limits.SYNC_READ, run: ({ sync }, call) => car(call, sync.getBlocks(call.params, call.caller)) },
  "com.atproto.sync.getBlob": { auth: optional("+takendown"), permission: "any", limit: limits.SYNC_READ, timeoutSec: STREAM_SEC, run: getBlob },
  "com.atproto.sync.listBlobs": { auth: optional("+takendown"), permission: "any", limit: limits.SYNC_READ, run: ({ blobs }, call) => blobs.listBlobs(call.params, call.caller) },
  "com.atproto.sync.getLatestCommit": { auth: optional(), permission: "any", limit: limits.SYNC_READ, run: ({ sync }, call) => sync.getLatestCommit(call.params, call.caller) },
  "com.atproto.sync.getRepoStatus": { auth: NONE, limit: limits.SYNC_READ, run: ({ sync }, call) => sync.getRepoStatus(call.params) },
  "com.atproto.sync.listRepos": { auth: NONE, limit: limits.SYNC_READ, run: ({ sync }, call) => sync.listRepos(call.params) },
  "com.atproto.sync.listReposByCollection": { auth: NONE, limit: limits.SYNC_READ, run: ({ sync }, call) => sync.listReposByCollection(call.params) },
  "com.atproto.sync.getHead": { auth: optional(), permission: "any", limit: limits.SYNC_READ, errors: INACTIVE_FAULTS, run: ({ sync }, call) => sync.getHead(call.params, call.caller) },
  "com.atproto.sync.getCheckout": { auth: optional(), permission: "any", errors: INACTIVE_FAULTS, limit: limits.REPO_EXPORT, atOncePerIp: EXPORTS_PER_IP, timeoutSec: STREAM_SEC, run: ({ sync }, call) => car(call, sync.getCheckout(call.params, call.caller)) },
  "com.atproto.sync.getHostStatus": { auth: NONE, limit: limits.SYNC_READ, run: ({ host }, call) => host.getHostStatus(call.params) },
  "com.atproto.sync.requestCrawl": { auth: NONE, limit: limits.CRAWL_REQUEST, run: ({ host }, call) => host.requestCrawl(call.input) },
  "com.atproto.sync.notifyOfUpdate": { auth: NONE, limit: limits.CRAWL_REQUEST, run: ({ host }, call) => host.notifyOfUpdate(call.input) },

  "com.atproto.lexicon.resolveLexicon": { auth: NONE, limit: limits.FORCED_LOOKUP, run: resolveLexicon },
  "com.atproto.temp.checkHandleAvailability": { auth: NONE, limit: limits.HANDLE_AVAILABILITY, errors: ["InvalidHandle", "UnsupportedDomain"], run: ({ accounts }, call) => accounts.checkHandleAvailability(call.params) },
  "com.atproto.temp.checkSignupQueue": { auth: session("+queued"), permission: "never", run: () => ({ activated: true }) },

  "com.atproto.admin.deleteAccount": { auth: ADMIN, errors: NOT_FOUND, timeoutSec: STREAM_SEC, run: ({ admin }, call) => admin.deleteAccount(call.input, call.caller) },
  "com.atproto.admin.disableAccountInvites": { auth: MOD, errors: NOT_FOUND, run: ({ admin }, call) => admin.disableAccountInvites(call.input, call.caller) },
  "com.atproto.admin.disableInviteCodes": { auth: MOD, run: ({ admin }, call) => admin.disableInviteCodes(call.input, call.caller) },
  "com.atproto.admin.enableAccountInvites": { auth: MOD, errors: NOT_FOUND, run: ({ admin }, call) => admin.enableAccountInvites(call.input, call.caller) },
  "com.atproto.admin.getAccountInfo": { auth: MOD, errors: NOT_FOUND, run: ({ admin }, call) => admin.getAccountInfo(call.params) },
  "com.atproto.admin.getAccountInfos": { auth: MOD, run: ({ admin }, call) => admin.getAccountInfos(call.params) },
  "com.atproto.admin.getInviteCodes": { auth: MOD, run: ({ admin }, call) => admin.getInviteCodes(call.params) },
  "com.atproto.admin.getSubjectStatus": { auth: MOD, errors: NOT_FOUND, run: ({ admin }, call) => admin.getSubjectStatus(call.params) },
  "com.atproto.admin.searchAccounts": { auth: MOD, run: ({ admin }, call) => admin.searchAccounts(call.params) },
  "com.atproto.admin.sendEmail": { auth: MOD, run: ({ admin }, call) => admin.sendEmail(call.input, call.caller) },
  "com.atproto.admin.updateAccountEmail": { auth: ADMIN, run: ({ admin }, call) => admin.updateAccountEmail(call.input, call.caller) },
  "com.atproto.admin.updateAccountHandle": { auth: ADMIN, errors: [...NOT_FOUND, ...HANDLE_FAULTS], run: ({ admin }, call) => admin.updateAccountHandle(call.input, call.caller) },
  "com.atproto.admin.updateAccountPassword": { auth: ADMIN, errors: [...NOT_FOUND, "InvalidPassword"], run: ({ admin }, call) => admin.updateAccountPassword(call.input, call.caller) },
  "com.atproto.admin.updateAccountSigningKey": { auth: ADMIN, errors: NOT_FOUND, run: ({ admin }, call) => admin.updateAccountSigningKey(call.input, call.caller) },
  "com.atproto.admin.updateSubjectStatus": { auth: MOD, errors: NOT_FOUND, run: ({ admin }, call) => admin.updateSubjectStatus(call.input, call.caller) },

  "com.atproto.moderation.createReport": { auth: session("+takendown"), permission: "rpc:sent", run: createReport },

  "app.bsky.actor.getPreferences": { auth: session("+takendown"), permission: "rpc", run: getPreferences },
  "app.bsky.actor.putPreferences": { auth: session("-takendown"), permission: "rpc", room: "some", run: putPreferences },

  "app.bsky.actor.getProfile": { auth: session("-takendown"), permission: "rpc:sent", run: getProfile },
  "app.bsky.actor.getProfiles": { auth: session("-takendown"), permission: "rpc:sent", run: getProfiles },
  "app.bsky.feed.getTimeline": { auth: session("-takendown"), permission: "rpc:sent", run: readAfterWrite },
  "app.bsky.feed.getAuthorFeed": { auth: session("-takendown"), permission: "rpc:sent", run: readAfterWrite },
  "app.bsky.feed.getActorLikes": { auth: session("-takendown"), permission: "rpc:sent", run: readAfterWrite },
  "app.bsky.feed.getPostThread": { auth: session("-takendown"), permission: "rpc:sent", run: readAfterWrite },
  "app.bsky.feed.getFeed": { auth: session("-takendown"), permission: "rpc:sent", run: getFeed },
  "app.bsky.notification.registerPush": { auth: session("+queued", "-takendown"), permission: "rpc:sent", run: forwardToNotifier },
  "app.bsky.notification.unregisterPush": { auth: session("-takendown"), permission: "rpc:sent", run: forwardToNotifier },
};

/** Streams of events, over WebSockets. */
// prettier-ignore
export const SUBSCRIPTIONS: Readonly<Record<string, SubscriptionMethod>> = {
  "com.atproto.sync.subscribeRepos": { subscribe: ({ sync }, socket, options) => sync.subscribers.subscribe(socket, options) },
};
