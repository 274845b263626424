import type { MenuSection } from "#edge/web/shell.tsx";
import type { Text } from "#edge/web/text/catalogue.ts";
import {
  doAccountAct,
  showAccount,
  showAccountAct,
  showAccountRelays,
} from "./account.tsx";
import {
  doBulk,
  doNewAccount,
  showAccounts,
  showBulk,
  showNewAccount,
} from "./accounts.tsx";
import { showEvents } from "./events.tsx";
import { endAllSessions, endSession, showSecurity } from "./audit.tsx";
import {
  changeSetting,
  checkAll,
  measure,
  showCompatibility,
  showSettings,
  showStorage,
} from "./host.tsx";
import { cancelJob, runChore, showJob, showJobs } from "./jobs.tsx";
import { followLogs, showLogs } from "./logs.tsx";
import { resend, showLetter, showMail, tryMail } from "./mail.tsx";
import { showMetrics } from "./metrics.tsx";
import { doJudge, showJudge, showModeration } from "./moderation.tsx";
import {
  announce,
  checkAllHandles,
  checkDirectory,
  checkHandle,
  crawl,
  showAnnounce,
  showIdentity,
  showRelays,
} from "./network.tsx";
import { showOverview } from "./overview.tsx";
import type { AdminPage } from "./page.tsx";
import {
  approve,
  choosePolicy,
  disableInvite,
  makeInvites,
  refuse,
  resumePolicy,
  showInvites,
  showRegistration,
} from "./registration.tsx";

import { disconnect, followStream, showStream } from "./stream.tsx";

/**
 * The one table of the operator's pages: it makes the routes and, in this
 * order, the menu. A page that is named exactly stands before one with `:name`.
 */
export const ADMIN_PAGES: readonly AdminPage[] = [
  {
    path: "/admin",
    menu: ["host", ({ overview }) => overview.title],
    show: showOverview,
  },
  {
    path: "/admin/accounts",
    menu: ["people", ({ accounts }) => accounts.title],
    show: showAccounts,
  },
  {
    path: "/admin/accounts/new",
    menu: null,
    show: showNewAccount,
    acts: { "": doNewAccount },
  },
  {
    path: "/admin/accounts/bulk",
    menu: null,
    show: showBulk,
    acts: { "": doBulk },
  },
  { path: "/admin/accounts/:did", menu: null, show: showAccount },
  {
    path: "/admin/accounts/:did/relays",
    menu: null,
    show: showAccountRelays,
  },
  {
    path: "/admin/accounts/:did/act",
    menu: null,
    show: showAccountAct,
    acts: { "": doAccountAct },
  },
  {
    path: "/admin/registration",
    menu: ["people", ({ registration }) => registration.title],
    show: showRegistration,
    acts: { "": choosePolicy, resume: resumePolicy, approve, refuse },
  },
  {
    path: "/admin/invites",
    menu: ["people", ({ invites }) => invites.title],
    show: showInvites,
    acts: { "": makeInvites, disable: disableInvite },
  },
  {
    path: "/admin/moderation",
    menu: ["people", ({ moderation }) => moderation.title],
    show: showModeration,
  },
  {
    path: "/admin/moderation/act",
    menu: null,
    show: showJudge,
    acts: { "": doJudge },
  },
  {
    path: "/admin/events",
    menu: ["people", ({ events }) => events.title],
    show: showEvents,
  },
  {
    path: "/admin/mail",
    menu: ["people", ({ mail }) => mail.title],
    show: showMail,
    acts: { trial: tryMail, resend },
  },
  { path: "/admin/mail/:id", menu: null, show: showLetter },
  {
    path: "/admin/relays",
    menu: ["network", ({ relays }) => relays.title],
    show: showRelays,
    acts: { crawl },
  },
  {
    path: "/admin/relays/announce",
    menu: null,
    show: showAnnounce,
    acts: { "": announce },
  },
  {
    path: "/admin/stream",
    menu: ["network", ({ stream }) => stream.title],
    show: showStream,
    live: followStream,
    acts: { disconnect },
  },
  {
    path: "/admin/identity",
    menu: ["network", ({ identity }) => identity.title],
    show: showIdentity,
    acts: {
      directory: checkDirectory,
      handle: checkHandle,
      all: checkAllHandles,
    },
  },
  {
    path: "/admin/storage",
    menu: ["host", ({ storage }) => storage.title],
    show: showStorage,
    acts: { measure, check: checkAll },
  },
  {
    path: "/admin/metrics",
    menu: ["host", ({ metrics }) => metrics.title],
    show: showMetrics,
  },
  {
    path: "/admin/logs",
    menu: ["host", ({ logs }) => logs.title],
    show: showLogs,
    live: followLogs,
  },
  {
    path: "/admin/jobs",
    menu: ["host", ({ jobs }) => jobs.title],
    show: showJobs,
    acts: { cancel: cancelJob, run: runChore },
  },
  { path: "/admin/jobs/:id", menu: null, show: showJob },
  {
    path: "/admin/settings",
    menu: ["server", ({ settings }) => settings.title],
    show: showSettings,
    acts: { "": changeSetting },
  },
  {
    path: "/admin/security",
    menu: ["server", ({ security }) => security.title],
    show: showSecurity,
    acts: { end: endSession, "end-all": endAllSessions },
  },
  {
    path: "/admin/compatibility",
    menu: ["server", ({ compatibility }) => compatibility.title],
    show: showCompatibility,
  },
];

/** Where the form of an act goes. */
export function actPath({ path }: AdminPage, name: string): string {
  return name === "" ? path : `${path}/${name}`;
}

export function adminMenu({ admin }: Text): MenuSection[] {
  const sections = Object.keys(
    admin.sections,
  ) as (keyof Text["admin"]["sections"])[];
  return sections.map((section) => ({
    title: admin.sections[section],
    items: ADMIN_PAGES.flatMap(({ path, menu }) =>
      menu?.[0] === section ? [{ href: path, label: menu[1](admin) }] : [],
    ),
  }));
}
