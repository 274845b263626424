import { applyEffect, type AccountModel } from "./model.ts";
import { call } from "./network.ts";
import type { Operation } from "./notebook.ts";
import type { Lane } from "./operations.ts";

/** Counts of a load, and what was answered otherwise than it should have been. */
export interface LoadReport {
  /** Calls that were answered as they should be. */
  answered: number;
  /** Calls that were under way when the server went. */
  unanswered: number;
  problems: string[];
}

export interface LoadOptions {
  url: string;
  report: LoadReport;
  /** Asked before each call. */
  shouldGoOn(): boolean;
}

export function createLoadReport(): LoadReport {
  return { answered: 0, unanswered: 0, problems: [] };
}

/**
 * Lets all lanes write at once, each one call after the other, until they
 * should stop or the server is gone. What was answered is in the models then,
 * and what was not is among their open effects.
 */
export async function runLanes(
  lanes: readonly Lane[],
  options: LoadOptions,
): Promise<void> {
  await Promise.all(lanes.map((lane) => runLane(lane, options)));
}

async function runLane(lane: Lane, options: LoadOptions): Promise<void> {
  const { report } = options;
  while (options.shouldGoOn()) {
    const operation = lane.next();
    let answer;
    try {
      answer = await perform(options.url, lane.account, operation);
    } catch {
      lane.account.open.push(operation.effect);
      for (const path of operation.effect.paths.keys()) {
        lane.account.touched.add(path);
      }
      lane.forget();
      report.unanswered++;
      return;
    }
    if (answer.status !== 200) {
      const said = JSON.stringify(answer.body).slice(0, 300);
      const asked = JSON.stringify(operation.input).slice(0, 500);
      report.problems.push(
        `${operation.nsid} answered ${answer.status} ${said} to ${asked}`,
      );
      return;
    }
    report.answered++;
    settle(lane.account, operation, answer.body, report);
  }
}

function perform(url: string, account: AccountModel, operation: Operation) {
  return call(url, operation.nsid, {
    input: operation.input,
    token: account.token,
    ...(operation.type !== undefined && { type: operation.type }),
  });
}

interface Body {
  uri?: string;
  cid?: string;
  blob?: { ref: { $link: string } };
}

function settle(
  account: AccountModel,
  { nsid, effect }: Operation,
  body: Body,
  report: LoadReport,
): void {
  applyEffect(account, effect);
  const path = body.uri?.split("/").slice(3).join("/");
  const { keyless } = effect;
  if (keyless !== undefined) {
    applyEffect(account, { paths: new Map([[path!, keyless.cid]]) });
  }
  const expected =
    keyless?.cid ??
    effect.blob?.cid ??
    (path === undefined ? undefined : effect.paths.get(path));
  const said = body.cid ?? body.blob?.ref.$link;
  if (said !== expected) {
    report.problems.push(`${nsid} answered CID ${said}, not ${expected}`);
  }
}
