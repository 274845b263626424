import { IMPORT_REPORT } from "#edge/web/account/import-report.tsx";
import { NEW_KEY } from "#edge/web/account/new-key.tsx";
import { CHECKUP } from "#edge/web/account/checkup.tsx";
import type { MenuSection } from "#edge/web/shell.tsx";
import type { Text } from "#edge/web/text/catalogue.ts";
import { ACTIVITY, downloadActivity, showActivity } from "./activity.ts";
import {
  createPassword,
  endSession,
  endSessions,
  revokeApp,
  revokePassword,
  showApps,
  showNewPassword,
  signOutBrowser,
  signOutOthers,
} from "./apps.ts";
import { showCheckup, startCheckup, stopCheckup } from "./checkup.ts";
import {
  askToDelete,
  deactivate,
  deleteAccount,
  showClose,
  showDelete,
} from "./close.ts";
import {
  downloadArchive,
  downloadPreferences,
  downloadRepo,
  importRepo,
  showData,
  showReport,
} from "./data.ts";
import {
  DELEGATION,
  grantDelegation,
  renounceDelegation,
  revokeDelegation,
  showDelegation,
  showGrant,
} from "./delegation.ts";
import {
  askToChangeEmail,
  changeEmail,
  confirmEmail,
  sendConfirmation,
  showEmail,
} from "./email.ts";
import {
  addKey,
  askForNewKeyCode,
  askForPlcCode,
  IDENTITY,
  removeKey,
  showIdentity,
  showNewKey,
} from "./identity.ts";
import {
  changeHandle,
  previewHandle,
  saveProfile,
  showProfile,
} from "./profile.ts";
import { putPicture, removePicture } from "./pictures.ts";
import {
  removeFile,
  removeUnused,
  showFile,
  showMedia,
  stopCleaning,
} from "./media.ts";
import {
  createInvites,
  disableInvite,
  downloadEvents,
  downloadInvites,
  showEvents,
  showInvites,
} from "./more.ts";
import { chooseLetters, showLetters } from "./letters.ts";
import { followActivity } from "./live.ts";
import { freshly, type OwnerHandler, standing } from "./owner.ts";
import { activate, announce, list, showOverview } from "./overview.ts";
import { SECURITY_PAGES } from "./security-table.ts";
import {
  deleteRecords,
  reviewDeletion,
  saveRecord,
  showCollection,
  showEditor,
  showRecord,
  showRepo,
  stopDeletion,
} from "./repo.ts";

type Section = keyof Text["account"]["sections"];

/** A page of an account, and what can be done there. */
export interface AccountPage {
  path: string;
  /** Its place in the menu; null for a page that others lead to. */
  menu: readonly [section: Section, label: (text: Text) => string] | null;
  show: OwnerHandler | null;
  /** Forms by the last part of their path; `""` is the page's own. */
  acts?: Readonly<Record<string, OwnerHandler>>;
}

/**
 * The one table of the pages of an account: it makes the routes and, in this
 * order, the menu. What asks for a fresh sign-in says so here, with `freshly`,
 * and what is not for accounts that were taken down, with `standing`.
 */
export const ACCOUNT_PAGES: readonly AccountPage[] = [
  {
    path: "/account",
    menu: ["you", ({ account }) => account.overview.title],
    show: showOverview,
    acts: { activate: standing(activate), announce, listing: list },
  },
  {
    path: "/account/profile",
    menu: ["you", ({ account }) => account.profile.title],
    show: showProfile,
    acts: {
      preview: standing(previewHandle),
      handle: standing(freshly(changeHandle)),
      save: standing(saveProfile),
      avatar: standing(putPicture("avatar")),
      banner: standing(putPicture("banner")),
      "remove-avatar": standing(removePicture("avatar")),
      "remove-banner": standing(removePicture("banner")),
    },
  },
  {
    path: "/account/email",
    menu: ["you", ({ account }) => account.email.title],
    show: showEmail,
    acts: {
      send: standing(sendConfirmation),
      confirm: standing(confirmEmail),
      ask: standing(freshly(askToChangeEmail)),
      change: standing(freshly(changeEmail)),
    },
  },
  {
    path: IDENTITY,
    menu: ["you", ({ account }) => account.identity.title],
    show: showIdentity,
    acts: { ask: freshly(askForPlcCode), remove: freshly(removeKey) },
  },
  {
    path: NEW_KEY,
    menu: null,
    show: freshly(showNewKey),
    acts: { "": freshly(addKey), ask: freshly(askForNewKeyCode) },
  },
  ...SECURITY_PAGES,
  {
    path: "/account/apps",
    menu: ["security", ({ account }) => account.apps.title],
    show: showApps,
    acts: {
      "revoke-app": revokeApp,
      "end-session": endSession,
      "end-sessions": freshly(endSessions),
      "sign-out": signOutBrowser,
      "sign-out-others": freshly(signOutOthers),
      "revoke-password": revokePassword,
    },
  },
  {
    path: "/account/apps/new",
    menu: null,
    show: standing(freshly(showNewPassword)),
    acts: { "": standing(freshly(createPassword)) },
  },
  {
    path: DELEGATION,
    menu: ["security", ({ account }) => account.delegation.title],
    show: showDelegation,
    acts: { revoke: revokeDelegation, renounce: renounceDelegation },
  },
  {
    path: `${DELEGATION}/new`,
    menu: null,
    show: standing(freshly(showGrant)),
    acts: { "": standing(freshly(grantDelegation)) },
  },
  {
    path: "/account/events",
    menu: ["security", ({ account }) => account.events.title],
    show: showEvents,
  },
  { path: "/account/events/log.csv", menu: null, show: downloadEvents },
  {
    path: "/account/notifications",
    menu: ["security", ({ account }) => account.letters.title],
    show: showLetters,
    acts: { "": freshly(chooseLetters) },
  },
  {
    path: "/account/repo",
    menu: ["data", ({ account }) => account.repo.title],
    show: showRepo,
    acts: {
      review: standing(reviewDeletion),
      delete: standing(deleteRecords),
      stop: stopDeletion,
    },
  },
  { path: "/account/repo/collection", menu: null, show: showCollection },
  { path: "/account/repo/record", menu: null, show: showRecord },
  {
    path: "/account/repo/edit",
    menu: null,
    show: showEditor,
    acts: { "": standing(saveRecord) },
  },
  {
    path: ACTIVITY,
    menu: ["data", ({ account }) => account.activity.title],
    show: showActivity,
  },
  { path: `${ACTIVITY}/live`, menu: null, show: followActivity },
  { path: `${ACTIVITY}/events.csv`, menu: null, show: downloadActivity },
  {
    path: "/account/media",
    menu: ["data", ({ account }) => account.media.title],
    show: showMedia,
    acts: {
      clean: standing(removeUnused),
      remove: standing(removeFile),
      stop: stopCleaning,
    },
  },
  { path: "/account/media/file", menu: null, show: showFile },
  {
    path: "/account/data",
    menu: ["data", ({ account }) => account.data.title],
    show: showData,
    acts: { import: standing(freshly(importRepo)) },
  },
  {
    path: CHECKUP,
    menu: ["data", ({ account }) => account.checkup.title],
    show: showCheckup,
    acts: { start: startCheckup, stop: stopCheckup },
  },
  { path: IMPORT_REPORT, menu: null, show: showReport },
  { path: "/account/data/repo.car", menu: null, show: downloadRepo },
  { path: "/account/data/all.tar", menu: null, show: downloadArchive },
  {
    path: "/account/data/preferences.json",
    menu: null,
    show: downloadPreferences,
  },
  {
    path: "/account/invites",
    menu: ["more", ({ account }) => account.invites.title],
    show: showInvites,
    acts: { create: standing(createInvites), disable: disableInvite },
  },
  { path: "/account/invites/codes.csv", menu: null, show: downloadInvites },
  {
    path: "/account/close",
    menu: ["more", ({ account }) => account.close.title],
    show: showClose,
    acts: {
      deactivate: freshly(deactivate),
      ask: standing(freshly(askToDelete)),
    },
  },
  {
    path: "/account/close/delete",
    menu: null,
    show: standing(freshly(showDelete)),
    acts: { "": standing(freshly(deleteAccount)) },
  },
];

/** Where the form of an act goes. */
export function actPath({ path }: AccountPage, name: string): string {
  return name === "" ? path : `${path}/${name}`;
}

/** The page that an act belongs to, for paths where nothing is shown; others stay. */
export function pageOf(path: string): string {
  const isShown = ACCOUNT_PAGES.some(
    (page) => page.path === path && page.show !== null,
  );
  const owning = ACCOUNT_PAGES.find((page) =>
    Object.keys(page.acts ?? {}).some((name) => actPath(page, name) === path),
  );
  return isShown ? path : (owning?.path ?? path);
}

export function accountMenu(text: Text): MenuSection[] {
  const { sections } = text.account;
  return (Object.keys(sections) as Section[]).flatMap((section) => {
    const items = ACCOUNT_PAGES.flatMap(({ path, menu }) =>
      menu?.[0] === section ? [{ href: path, label: menu[1](text) }] : [],
    );
    const title = sections[section] === "" ? null : sections[section];
    return items.length === 0 ? [] : [{ title, items }];
  });
}
