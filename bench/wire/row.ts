import { compareAnswers, type Difference } from "./compare.ts";
import { type Answer, type Call, send, type Side } from "./side.ts";

/** One call that both servers get. */
export interface Row {
  name: string;
  /** NSID of the method. */
  method: string;
  call: (side: Side) => Call;
  /** Remembers what later rows need of an answer that is a success. */
  keep?(side: Side, answer: Answer): void;
}

/** Rows that build upon one another. */
export interface Section {
  name: string;
  rows: readonly Row[];
}

/** A row in one line of a table. */
export function row(
  name: string,
  method: string,
  call: Call | ((side: Side) => Call) = {},
  keep?: Row["keep"],
): Row {
  const make = typeof call === "function" ? call : () => call;
  return { name, method, call: make, ...(keep && { keep }) };
}

/** A difference as the list of known ones has it. */
export type Finding = Difference & { row: string };

/** Makes the calls of a section on both, in turns. */
export async function runSection(
  { name, rows }: Section,
  sides: readonly [Side, Side],
): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const each of rows) {
    const [ours, theirs] = await Promise.all(
      sides.map((side) => answerOf(each, side)),
    );
    for (const one of await compareAnswers(ours!, theirs!)) {
      found.push({ row: `${name}: ${each.name}`, ...one });
    }
  }
  return found;
}

async function answerOf(
  { method, call, keep }: Row,
  side: Side,
): Promise<Answer> {
  const answer = await send(side, method, call(side));
  if (answer.status < 300) keep?.(side, answer);
  return answer;
}

export const formatFinding = ({ row: name, where, ours, theirs }: Finding) =>
  `${name}: ${where}: ${ours} | ${theirs}`;
