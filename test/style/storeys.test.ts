import { afterAll, beforeAll, expect, test } from "bun:test";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { CONTEXTS, STOREYS } from "../../scripts/storeys.ts";
import { run } from "../support/run.ts";

/**
 * Plants one forbidden import per storey and context in a tree of its own, and
 * expects the linter to find each one, and nothing else.
 */
const ROOT = join(import.meta.dir, "../..");
let folder = "";
let complaints: { file: string; rule: string }[] = [];

interface Plant {
  /** What is forbidden, for the test's name. */
  what: string;
  file: string;
  source: string;
}

const importOf = (name: string) =>
  `import { thing } from "${name}";\nexport const used = thing;\n`;

/** A file deep in the folder of the storey. */
const fileOf = (storey: string) => `src/${storey}/some/deep/folder/planted.ts`;

const FOLDERS = STOREYS.filter(({ name }) => name !== "main");

const FORBIDDEN: Plant[] = [
  ...FOLDERS.flatMap(({ name, imports }) =>
    STOREYS.filter(
      (other) => other.name !== name && !imports.includes(other.name),
    ).map((other) => ({
      what: `${name} importing ${other.name}`,
      file: fileOf(name).replace("planted", `planted-${other.name}`),
      source: importOf(`#${other.name}/some/deep/file.ts`),
    })),
  ).filter(({ file }) => !file.startsWith("src/contexts/")),
  ...CONTEXTS.flatMap((name, rank) => {
    const next = CONTEXTS[rank + 1];
    const upper = {
      what: `context ${name} importing edge`,
      file: `src/contexts/${name}/planted-edge.ts`,
      source: importOf("#edge/http/server.ts"),
    };
    if (next === undefined) return [upper];
    return [
      upper,
      {
        what: `context ${name} importing context ${next}`,
        file: `src/contexts/${name}/deep/planted.ts`,
        source: importOf(`#contexts/${next}/deep/file.ts`),
      },
    ];
  }),
  {
    what: "main importing a context",
    file: "src/main.ts",
    source: importOf("#contexts/records/write.ts"),
  },
  {
    what: "a context importing hono",
    file: "src/contexts/accounts/planted-hono.ts",
    source: importOf("hono/jsx"),
  },
  {
    what: "edge importing a database",
    file: "src/edge/planted-sqlite.ts",
    source: importOf("bun:sqlite"),
  },
  {
    what: "repo importing files",
    file: "src/repo/planted-fs.ts",
    source: importOf("node:fs/promises"),
  },
  {
    what: "a dynamic import",
    file: "src/repo/planted-dynamic.ts",
    source: 'export const load = () => import("#edge/http/server.ts");\n',
  },
  {
    what: "a type import",
    file: "src/lib/planted-type.ts",
    source: 'export type { Config } from "#config.ts";\n',
  },
  {
    what: "a way round by a relative path",
    file: "src/repo/planted-relative.ts",
    source: importOf("../edge/server.ts"),
  },
  {
    what: "reading the environment",
    file: "src/contexts/accounts/planted-env.ts",
    source: "export const home = process.env.HOME;\n",
  },
];

const ALLOWED: Plant[] = FOLDERS.flatMap(({ name, imports }) =>
  imports.map((other) => ({
    what: `${name} importing ${other}`,
    file: (name === "contexts"
      ? "src/contexts/accounts/allowed.ts"
      : fileOf(name).replace("planted", "allowed")
    ).replace("allowed", `allowed-${other}`),
    source: importOf(`#${other}/some/deep/file.ts`),
  })),
);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tempest-storeys-"));
  for (const name of [".oxlintrc.json", "tsconfig.json", "package.json"]) {
    cpSync(join(ROOT, name), join(folder, name));
  }
  for (const { file, source } of [...FORBIDDEN, ...ALLOWED]) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), source);
  }
  const oxlint = join(ROOT, "node_modules/.bin/oxlint");
  const { stdout } = await run([process.execPath, oxlint, "--format=json"], {
    cwd: folder,
  });
  complaints = JSON.parse(stdout).diagnostics.map(
    (found: { filename: string; code: string }) => ({
      file: found.filename,
      rule: found.code,
    }),
  );
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(FORBIDDEN)("the linter finds $what", ({ file }) => {
  const rules = complaints
    .filter((complaint) => complaint.file === file)
    .map(({ rule }) => rule);
  expect(rules).not.toEqual([]);
  for (const rule of rules) {
    expect(rule).toMatch(/no-restricted-imports|no-process-env/);
  }
});

test.each(ALLOWED)("the linter allows $what", ({ file }) => {
  expect(complaints.filter((complaint) => complaint.file === file)).toEqual([]);
});
