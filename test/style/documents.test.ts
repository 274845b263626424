import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import packageJson from "../../package.json";
import { COMMANDS } from "#cli/commands.ts";

const ROOT = join(import.meta.dir, "../..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const linesOf = (path: string) => read(path).split("\n").length;

const DOCUMENTS = ["*.md", "docs/**/*.md"]
  .flatMap((pattern) => [...new Bun.Glob(pattern).scanSync({ cwd: ROOT })])
  .toSorted();

const START = "npx --yes bun@1.4.5 start";
const TEST = "npx --yes bun@1.4.5 run test";

test("the README begins with two commands, alone", () => {
  const block = /```sh\n([^]*?)```/.exec(read("README.md"));
  expect(block?.[1]).toBe(`${START}\n${TEST}\n`);
});

test("CI runs the README's test command", () => {
  expect(read(".ci/run")).toContain(`exec ${TEST}`);
});

test("one version of Bun is named everywhere", () => {
  expect(packageJson.devDependencies["@types/bun"]).toBe("1.4.5");
  expect(Bun.version).toBe("1.4.5");
});

test("README and ARCHITECTURE stay short", () => {
  expect(linesOf("README.md")).toBeLessThanOrEqual(150);
  expect(linesOf("ARCHITECTURE.md")).toBeLessThanOrEqual(250);
});

test.each(["src", "src/contexts"])(
  "ARCHITECTURE names every folder of %s",
  (folder) => {
    const text = read("ARCHITECTURE.md");
    const names = readdirSync(join(ROOT, folder), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
    expect(names.length).toBeGreaterThan(5);
    for (const name of names) {
      const isNamed = new RegExp(`\`(src/)?${name}/?\``).test(text);
      expect(isNamed, name).toBe(true);
    }
  },
);

test("CONTRIBUTING gives a reason for each dependency", () => {
  const text = read("CONTRIBUTING.md");
  for (const name of Object.keys(packageJson.dependencies)) {
    expect(text).toMatch(new RegExp(`\\| \`${name}\` +\\| \\w`));
  }
});

test.each(DOCUMENTS)("the links of %s lead somewhere", (document) => {
  for (const [, target = ""] of read(document).matchAll(/\]\(([^)]+)\)/g)) {
    if (/^[a-z]+:/.test(target)) continue;
    const [path, anchor] = target.split("#") as [string, string?];
    const file = path === "" ? document : join(dirname(document), path);
    expect(existsSync(join(ROOT, file)), target).toBe(true);
    if (anchor !== undefined) expect(anchorsOf(file), target).toContain(anchor);
  }
});

/** Of headings, as GitHub and our own pages name them. */
function anchorsOf(document: string): string[] {
  const text = read(document).replaceAll(/^```[^]*?^```/gm, "");
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
      .replaceAll(" ", "-"),
  );
}

test.each(DOCUMENTS)("what %s tells to run or to set is there", (document) => {
  const text = read(document);
  for (const [, name = ""] of text.matchAll(
    /\bbun(?:@[\d.]+)? run ([\w:]+)/g,
  )) {
    expect(Object.keys(packageJson.scripts)).toContain(name);
  }
  for (const [, words = ""] of text.matchAll(
    /(?:^|`|\.\/|dist\/|… )tempest ([a-z -]+)/gm,
  )) {
    // A command with what follows it, or what several begin with.
    const isKnown = COMMANDS.some(
      ({ name }) =>
        `${words} `.startsWith(`${name} `) ||
        `${name} `.startsWith(`${words.trim()} `),
    );
    expect(isKnown, words).toBe(true);
  }
  const settings = read("docs/reference/settings.md");
  for (const [name] of text.matchAll(/\bTEMPEST_[A-Z_]+/g)) {
    // A secret may lie in a file, which has a name of its own.
    expect(settings.includes(name.replace(/_FILE$/, "")), name).toBe(true);
  }
});

test("there are documents for each kind of reader", () => {
  const folders = DOCUMENTS.map((path) => dirname(path));
  expect(new Set(folders)).toEqual(
    new Set([
      ".",
      "docs/decisions",
      "docs/install",
      "docs/internals",
      "docs/operate",
      "docs/reference",
      "docs/use",
    ]),
  );
});

test("every decision is in the list", () => {
  const list = read("docs/decisions/README.md");
  for (const name of readdirSync(join(ROOT, "docs/decisions"))) {
    if (name !== "README.md") expect(list).toContain(name);
  }
});

test("only the clock asks the system for the time", () => {
  const files = [
    ...new Bun.Glob(
      "src/{lib,repo,storage,contexts,edge}/**/*.{ts,tsx}",
    ).scanSync({ cwd: ROOT }),
  ];
  const asking = files.filter(
    (path) =>
      !/\.test\.tsx?$/.test(path) &&
      /\bDate\.now\(|\bnew Date\(\)/.test(read(path)),
  );
  expect(asking).toEqual(["src/lib/clock.ts"]);
});
