import type { Logger } from "#lib/log.ts";
import {
  createAccountChanges,
  type AccountChangeDeps,
  type AccountChanges,
} from "./account-changes.ts";
import { createAccountViews, type AccountViews } from "./account-views.ts";
import { createAudit } from "./audit.ts";
import type { FactorRecoveries } from "#contexts/accounts/factors/factor-recovery.ts";
import { createFactorHelp, type FactorHelp } from "./factor-help.ts";
import { createInviteControl, type InviteControl } from "./invite-control.ts";
import { createSubjects, type SubjectDeps, type Subjects } from "./subjects.ts";

export type AdminDeps = Omit<SubjectDeps & AccountChangeDeps, "record"> & {
  log: Pick<Logger, "info">;
  recoveries: FactorRecoveries;
};

/**
 * What the operator and the moderation service may do: com.atproto.admin,
 * lexicon-shaped in and out. Every change leaves a row of who made it before
 * it is answered.
 */
export interface Admin
  extends AccountViews, AccountChanges, FactorHelp, InviteControl, Subjects {}

export function createAdmin(deps: AdminDeps): Admin {
  const { db, clock } = deps;
  const record = createAudit(deps);
  return {
    ...createAccountViews(db),
    ...createAccountChanges({ ...deps, record }),
    ...createFactorHelp({ db, recoveries: deps.recoveries, record }),
    ...createInviteControl({ db, clock, record }),
    ...createSubjects({ ...deps, record }),
  };
}
