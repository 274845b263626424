import { readRefusal } from "#contexts/admin/kept-refusal.ts";
import type { Job } from "#contexts/queue/queue.ts";
import { seeOther } from "#edge/http/pages.ts";
import {
  Act,
  Facts,
  Moment,
  PagedTable,
  State,
  Table,
  type Tone,
} from "#edge/web/parts.tsx";
import { Report } from "#edge/web/account/checkup.tsx";
import { listPath } from "./list-path.ts";
import { nameIn } from "#edge/web/text/catalogue.ts";
import { refusalWords } from "#edge/web/refusal-words.ts";
import { FindingWords } from "#edge/web/told.tsx";
import {
  adminRoom,
  numberAsked,
  type Handler,
  numberedPage,
  Progress,
  type Visit,
} from "./page.tsx";

const PATH = "/admin/jobs";
const PAGE = 50;
const TONES: Record<Job["state"], Tone> = {
  queued: "plain",
  running: "warn",
  done: "good",
  failed: "bad",
  cancelled: "plain",
};

/** Work that outlives requests, and what the server does by itself. */
export const showJobs: Handler = (visit) => {
  const { contexts, words, text } = visit;
  const own = words.jobs;
  const { jobs } = contexts.console;
  const before = numberAsked(visit);
  const rows = jobs.list(before);
  return adminRoom(
    visit,
    {
      title: own.title,
      ...(rows.some(isOpen) && { scripts: ["reload.client.js"] }),
    },
    <>
      <section class="card">
        <h2>{own.queue}</h2>
        <PagedTable
          text={text}
          caption={own.queueHint}
          list={numberedPage(rows, before, PAGE)}
          path={PATH}
          csv={listPath("jobs")}
          columns={[
            {
              label: own.job,
              cell: ({ id, name }) => (
                <a href={`${PATH}/${id}`}>
                  {`${nameIn(text.named.work, name)} (${id})`}
                </a>
              ),
            },
            {
              label: own.state,
              cell: ({ state }) => (
                <State tone={TONES[state]}>{own.states[state]}</State>
              ),
            },
            { label: own.progress, cell: (job) => progressWords(job) },
            {
              label: own.made,
              cell: (job) => <Moment atMs={job.createdAtMs} />,
            },
          ]}
        />
      </section>
      <section class="card">
        <h2>{own.chores}</h2>
        <Table
          text={text}
          caption={own.choresHint}
          rows={jobs.chores()}
          columns={[
            {
              label: own.chore,
              cell: ({ name }) => nameIn(text.named.work, name),
            },
            { label: own.every, cell: ({ everyMs }) => own.interval(everyMs) },
            {
              label: own.last,
              cell: ({ last, isRunning }) =>
                isRunning ? (
                  <State tone="warn">{own.states.running}</State>
                ) : last === null ? (
                  own.notYet
                ) : (
                  <>
                    <State tone={last.error === null ? "good" : "bad"}>
                      {last.error === null ? own.fine : own.states.failed}
                    </State>{" "}
                    <Moment atMs={last.atMs} /> {own.took(last.tookMs)}{" "}
                    {last.error}
                  </>
                ),
            },
            {
              label: own.run,
              cell: ({ name }) => (
                <Act
                  action={`${PATH}/run`}
                  fields={{ name }}
                  name={own.runOne(nameIn(text.named.work, name))}
                >
                  {own.run}
                </Act>
              ),
            },
          ]}
        />
      </section>
    </>,
  );
};

const isOpen = ({ state }: Job) => state === "queued" || state === "running";

function progressWords({ progress }: Job): string {
  if (progress === null) return "–";
  const { done, total } = progress;
  return total === null ? String(done) : `${done} / ${total}`;
}

/** How far one job is. The page may be closed: the work goes on. */
export const showJob: Handler = (visit) => {
  const { contexts, words } = visit;
  const own = words.jobs;
  const job = contexts.console.jobs.find(Number(visit.param("id")));
  if (job === null) {
    return adminRoom(
      visit,
      { title: own.gone, fault: own.goneHint, status: 404 },
      null,
    );
  }
  const { state, progress, lastError, finishedAtMs, attempts, id } = job;
  const goesOn = isOpen(job);
  const failed = contexts.console.bulk.listFailed(id);
  const report = contexts.console.checks.reportOf(job);
  return adminRoom(
    visit,
    {
      title: `${nameIn(visit.text.named.work, job.name)} (${id})`,
      ...(goesOn && { scripts: ["reload.client.js"] }),
    },
    <section class="card">
      <h2>{own.progress}</h2>
      {goesOn && (
        <Progress
          done={progress?.done ?? 0}
          total={progress?.total ?? null}
          label={own.progress}
        />
      )}
      <Facts
        rows={[
          [own.state, <State tone={TONES[state]}>{own.states[state]}</State>],
          [own.progress, progressWords(job)],
          [own.inVain, progress?.failed ? String(progress.failed) : null],
          [own.made, <Moment atMs={job.createdAtMs} />],
          [own.due, goesOn ? <Moment atMs={job.dueAtMs} /> : null],
          [own.ended, finishedAtMs && <Moment atMs={finishedAtMs} />],
          [own.tries, attempts > 1 ? String(attempts) : null],
          [own.error, lastError && <span lang="en">{lastError}</span>],
        ]}
      />
      {goesOn && (
        <>
          <p class="quiet">{own.goesOn}</p>
          <div class="actions">
            <a class="button small" href={`${PATH}/${id}`}>
              {own.refresh}
            </a>
            <Act
              action={`${PATH}/cancel`}
              fields={{ id: String(id) }}
              look="danger plain small"
            >
              {own.cancel}
            </Act>
          </div>
        </>
      )}
      {!goesOn && report !== null && (
        <>
          <p>
            <a href={`/admin/accounts/${report.did}`}>{report.did}</a>
          </p>
          <Report {...{ text: visit.text, report }} mediaHref={null} />
        </>
      )}
      {failed.length > 0 && (
        <Table
          text={visit.text}
          caption={own.failedHint}
          rows={failed}
          columns={[
            {
              label: own.account,
              cell: ({ did, handle }) => (
                <a href={`/admin/accounts/${did}`}>
                  {handle === null ? did : `@${handle}`}
                </a>
              ),
            },
            {
              label: own.why,
              cell: ({ fault }) => <Fault {...{ visit, job, fault }} />,
            },
          ]}
        />
      )}
      <p>
        <a href={PATH}>{own.back}</a>
      </p>
    </section>,
  );
};

/** Why it was in vain for an account, or what is wrong with it. */
function Fault({
  visit,
  job,
  fault,
}: {
  visit: Visit;
  job: Job;
  fault: string;
}) {
  const findings = visit.contexts.console.checks.findingsIn(job, fault);
  if (findings === null) {
    return <>{refusalWords(visit.text, readRefusal(fault))}</>;
  }
  return (
    <ul class="plain">
      {findings.map((finding) => (
        <li>
          <FindingWords text={visit.text} finding={finding} />
        </li>
      ))}
    </ul>
  );
}

export const cancelJob: Handler = ({ contexts, form, caller }) => {
  const id = Number(form.get("id"));
  contexts.console.jobs.cancel(id, caller);
  return seeOther(`${PATH}/${id}?done=cancelled`);
};

export const runChore: Handler = ({ contexts, form, caller }) => {
  contexts.console.jobs.runChore(form.get("name") ?? "", caller);
  return seeOther(`${PATH}?done=started`);
};
