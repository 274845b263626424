import { createAudit } from "./audit.ts";
import { createSubjects, type SubjectDeps, type Subjects } from "./subjects.ts";

export type AdminDeps = Omit<SubjectDeps, "record"> &
  Parameters<typeof createAudit>[0];

/** What the operator and the moderation service may do: com.atproto.admin. */
export type Admin = Subjects;

export function createAdmin(deps: AdminDeps): Admin {
  const record = createAudit(deps);
  return { ...createSubjects({ ...deps, record }) };
}
