/** One storey of the house, or one part beside it. */
export interface Storey {
  /** Name in `#name/…` imports. */
  name: string;
  /** Files of the storey, as the linter's patterns. */
  files: readonly string[];
  /** Storeys that may be imported; the storey's own files always may. */
  imports: readonly string[];
}

/**
 * Who may import whom. A storey that is not listed in `imports` is forbidden,
 * so a new folder of `src` has to be placed here first.
 */
export const STOREYS: readonly Storey[] = [
  { name: "lib", files: ["src/lib/**"], imports: [] },
  {
    name: "config",
    files: ["src/config.ts", "src/config/**"],
    imports: ["lib"],
  },
  { name: "repo", files: ["src/repo/**"], imports: ["lib"] },
  { name: "storage", files: ["src/storage/**"], imports: ["repo", "lib"] },
  {
    name: "contexts",
    files: ["src/contexts/**"],
    imports: ["storage", "repo", "lib"],
  },
  {
    name: "edge",
    files: ["src/edge/**"],
    imports: ["contexts", "repo", "lib"],
  },
  {
    name: "dev",
    files: ["src/dev/**"],
    imports: ["contexts", "storage", "repo", "lib"],
  },
  {
    name: "app",
    files: ["src/app.ts", "src/app/**"],
    imports: ["edge", "contexts", "storage", "repo", "config", "lib"],
  },
  {
    name: "cli",
    files: ["src/cli/**"],
    imports: [
      "app",
      "dev",
      "edge",
      "contexts",
      "storage",
      "repo",
      "config",
      "lib",
    ],
  },
  { name: "main", files: ["src/main.ts"], imports: ["cli"] },
];

/** Folders of `src/contexts`, low to high: each may import those before it. */
export const CONTEXTS = [
  "settings",
  "queue",
  "mail",
  "security",
  "identity",
  "sequencer",
  "blobs",
  "lexicons",
  "records",
  "accounts",
  "oauth",
  "sync",
  "appview",
  "relays",
  "backups",
  "migration",
  "checks",
  "admin",
  "jobs",
] as const;

/** Packages that belong to one part of the house. */
export const PACKAGE_HOMES: readonly {
  /** Regular expression on the import's name. */
  pattern: string;
  /** Folders, as their files' path begins, that may import it. */
  homes: readonly string[];
  reason: string;
}[] = [
  {
    pattern: "^hono(/|$)",
    homes: ["src/edge"],
    reason: "only edge/ knows HTTP routes and pages",
  },
  {
    pattern: "^bun:sqlite$",
    homes: ["src/storage", "src/dev"],
    reason: "all SQL is in storage/, save for the doubles of dev/",
  },
  {
    pattern: "^nodemailer(/|$)",
    homes: ["src/contexts/mail"],
    reason: "only contexts/mail sends mail",
  },
  {
    pattern: "^@atproto/[^o]",
    homes: ["src/contexts/lexicons", "src/edge"],
    reason: "lexicons come through contexts/lexicons; dispatch validates",
  },
  {
    pattern: "^@atproto/oauth-",
    homes: ["src/contexts/oauth"],
    reason: "contexts/oauth loads the protocol when it is first needed",
  },
];

/** What a pure storey may not touch. */
export const IMPURE_MODULES =
  "^(node:)?(fs|net|tls|http|https|http2|dns|dgram|child_process|worker_threads|os|cluster|timers)(/|$)|^bun(:|$)";
