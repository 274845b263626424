import { format } from "prettier";
import {
  CONTEXTS,
  IMPURE_MODULES,
  PACKAGE_HOMES,
  type Storey,
  STOREYS,
} from "./storeys.ts";

export const LINT_CONFIG_PATH = ".oxlintrc.json";
/** Room for the closure of a whole context; a function of its own wants 70 at most. */
const FUNCTION_LINES = { max: 150, skipBlankLines: true, skipComments: true };
/** Tests, and what only tests beside it import. */
const TESTS = [
  "**/*.test.ts",
  "**/*.test.tsx",
  "**/*-fixture.ts",
  "src/**/test-*.ts",
];

interface Pattern {
  regex: string;
  message: string;
}

interface Override {
  files: readonly string[];
  excludeFiles?: readonly string[];
  rules: Record<string, unknown>;
}

/** The linter's configuration, made from the table of storeys. */
export function lintConfig(): object {
  return {
    plugins: ["import", "node", "typescript", "oxc", "unicorn", "promise"],
    categories: { correctness: "error", suspicious: "error" },
    ignorePatterns: ["dist", "node_modules", ".tools"],
    rules: {
      "import/no-cycle": "error",
      "import/no-default-export": "error",
      "max-lines": ["error", { max: 400 }],
      "no-console": "error",
      "no-restricted-properties": [
        "error",
        {
          object: "Bun",
          property: "env",
          message: "src/config.ts reads the environment",
        },
      ],
      "node/no-process-env": "error",
      "no-warning-comments": ["error", { terms: ["todo", "fixme", "xxx"] }],
      "typescript/no-explicit-any": "error",
      // A callback that shadows a name is fine; so is an import for its effect.
      "no-shadow": "off",
      "no-underscore-dangle": "off",
      "import/no-unassigned-import": "off",
      "unicorn/consistent-function-scoping": "off",
      "unicorn/no-array-reverse": "off",
      "unicorn/no-array-sort": "off",
      "unicorn/prefer-add-event-listener": "off",
      "unicorn/no-new-array": "off",
      "import/no-named-as-default-member": "off",
      // Short forms of long calls, and long texts in short lines.
      "unicorn/no-useless-spread": "off",
      // Between threads there is no origin.
      "unicorn/require-post-message-target-origin": "off",
      "no-useless-concat": "off",
      // Sees no change that a closure makes.
      "no-unmodified-loop-condition": "off",
      "no-await-in-loop": "off",
      "typescript/consistent-return": "off",
    },
    overrides: overrides(),
  };
}

function overrides(): Override[] {
  return [
    {
      files: ["src/**"],
      excludeFiles: TESTS,
      rules: { "max-lines-per-function": ["error", FUNCTION_LINES] },
    },
    ...STOREYS.filter(({ name }) => name !== "contexts").map(overrideOf),
    ...CONTEXTS.map(overrideOfContext),
    {
      files: ["src/config.ts"],
      rules: { "node/no-process-env": "off" },
    },
    {
      files: ["src/cli/**", "src/dev/**", "scripts/**", "build/**", "bench/**"],
      rules: { "no-console": "off" },
    },
    {
      files: ["scripts/**", "build/**", "bench/**", "test/**", ...TESTS],
      rules: { "node/no-process-env": "off" },
    },
    {
      files: ["test/**", ...TESTS],
      rules: { "max-lines": ["error", { max: 600 }], "no-console": "off" },
    },
  ];
}

function overrideOf(storey: Storey): Override {
  const forbidden = STOREYS.map(({ name }) => name).filter(
    (name) => name !== storey.name && !storey.imports.includes(name),
  );
  const patterns: Pattern[] = [];
  if (forbidden.length > 0) {
    patterns.push({
      regex: `^#(${forbidden.join("|")})(/|\\.tsx?$)`,
      message: `${storey.name} imports ${storey.imports.join(", ") || "nothing of ours"} only`,
    });
  }
  if (storey.name === "repo") {
    patterns.push({
      regex: IMPURE_MODULES,
      message: "repo/ is pure: bytes in, bytes out",
    });
  }
  return restricted(storey.files, patterns);
}

function overrideOfContext(context: string, rank: number): Override {
  const upper = STOREYS.map(({ name }) => name).filter(
    (name) =>
      name !== "contexts" &&
      !STOREYS.find((storey) => storey.name === "contexts")!.imports.includes(
        name,
      ),
  );
  const later = CONTEXTS.slice(rank + 1);
  const patterns: Pattern[] = [
    {
      regex: `^#(${upper.join("|")})(/|\\.tsx?$)`,
      message: "contexts import storage, repo, lib only",
    },
  ];
  if (later.length > 0) {
    patterns.push({
      regex: `^#contexts/(${later.join("|")})/`,
      message: `${context} comes before these contexts`,
    });
  }
  return restricted([`src/contexts/${context}/**`], patterns);
}

function restricted(
  files: readonly string[],
  patterns: readonly Pattern[],
): Override {
  const strangers = PACKAGE_HOMES.filter(
    ({ homes }) =>
      !homes.some((home) => files.some((file) => file.startsWith(`${home}/`))),
  ).map(({ pattern, reason }) => ({ regex: pattern, message: reason }));
  const parent = {
    regex: "^\\.\\./(?:.*\\.tsx?)$",
    message: "write #folder/file.ts across folders",
  };
  return {
    files,
    excludeFiles: TESTS,
    rules: {
      "no-restricted-imports": [
        "error",
        { patterns: [...patterns, ...strangers, parent] },
      ],
    },
  };
}

/** The text of the configuration file. */
export function lintConfigText(): Promise<string> {
  return format(JSON.stringify(lintConfig()), { parser: "json" });
}

if (import.meta.main) {
  await Bun.write(LINT_CONFIG_PATH, await lintConfigText());
}
