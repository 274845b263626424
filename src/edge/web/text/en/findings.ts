import { FINDING_WORDS } from "#contexts/checks/findings.ts";
import { MISFITS } from "#contexts/lexicons/misfits.ts";

/** What checks find, as it is said on the command line too. */
export const findings = FINDING_WORDS;
/** Why records don't fit. */
export const misfits = MISFITS;
