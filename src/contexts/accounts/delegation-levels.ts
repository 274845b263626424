import type { Lexicons } from "#contexts/lexicons/lexicons.ts";
import type { Permissions } from "#contexts/security/caller.ts";
import { bothOf, permissionsOfScope } from "#contexts/security/granted.ts";
import { isProtectedMethod } from "#contexts/security/method-classes.ts";

/** What owners choose from; `custom` names its own scopes. */
export const LEVELS = ["viewer", "editor", "manager", "custom"] as const;
export type Level = (typeof LEVELS)[number];

/** What each level may do, in the words of OAuth. */
export interface DelegationLevels {
  /** Separated by spaces. `own` are those of a custom level. */
  scopesOf(level: Level, own?: string): string;
  /** What scopes are worth in the hands of somebody else. */
  permissionsOf(scopes: string): Permissions;
}

const MOVING = "com.atproto.server.createaccount";
const never = () => false;

/**
 * What nobody gets by any level: the address, the state and the identity of the
 * account, moving it away, and tokens that leave open what they are for.
 */
const FLOOR: Permissions = {
  allowsRepo: () => true,
  allowsBlob: () => true,
  allowsRpc: ({ lxm }) =>
    lxm !== "*" && lxm.toLowerCase() !== MOVING && !isProtectedMethod(lxm),
  allowsAccount: never,
  allowsIdentity: never,
};

/** Private messages are for managers; settings of the account's app too. */
const FOR_MANAGERS = new Set(["app.bsky.actor.putPreferences"]);

export function createDelegationLevels(
  lexicons: Pick<Lexicons, "list" | "find">,
): DelegationLevels {
  let presets: Record<Exclude<Level, "custom">, string> | null = null;

  function methodsOf(type: "query" | "procedure"): string[] {
    return lexicons
      .list()
      .filter((nsid) => nsid.startsWith("app.bsky."))
      .filter((nsid) => !FOR_MANAGERS.has(nsid))
      .filter((nsid) => lexicons.find(nsid as never)?.type === type);
  }

  function makePresets() {
    const rpc = (methods: string[]) =>
      `rpc?aud=*&${methods.map((nsid) => `lxm=${nsid}`).join("&")}`;
    const queries = methodsOf("query");
    return {
      viewer: rpc(queries),
      editor: `repo:* blob:*/* ${rpc([...queries, ...methodsOf("procedure")])}`,
      manager: "transition:generic transition:chat.bsky",
    };
  }

  return {
    scopesOf(level, own = "") {
      if (level === "custom") return own;
      presets ??= makePresets();
      return presets[level];
    },
    permissionsOf: (scopes) => bothOf(permissionsOfScope(scopes), FLOOR),
  };
}
