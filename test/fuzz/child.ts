import { type Input, runTarget, type Target } from "./engine.ts";
import { NOTE_BYTES, writeNote } from "./note.ts";
import { GROUPS } from "./targets/all.ts";
import { PLANTED } from "./targets/planted.ts";

/**
 * Feeds inputs to the targets of a group and prints a report of each as a line
 * of JSON. It is a program of its own because an input that never ends can't
 * be stopped from within: the one under way stands in a file that is shared.
 *
 *   bun test/fuzz/child.ts GROUP SEED COUNT NOTE_FILE [TARGET [FROM]]
 */
const [group = "", seed, count, notePath, only, from = "0"] =
  process.argv.slice(2);
const targets: readonly Target[] | undefined = { ...GROUPS, PLANTED }[group];
if (targets === undefined) throw new Error(`no group ${group}`);

const note = notePath ? Bun.mmap(notePath, { shared: true }) : null;
if (note !== null && note.length < NOTE_BYTES) throw new Error("small note");

for (const target of targets) {
  if (only !== undefined && target.name !== only) continue;
  const report = await runTarget(target, {
    seed: Number(seed),
    from: Number(from),
    count: Number(count),
    ...(note !== null && {
      onInput: (input: Input, index: number) =>
        writeNote(note, target.name, index, input),
    }),
  });
  console.log(JSON.stringify({ target: target.name, ...report }));
  if (report.finding !== null) break;
}
