import type { Child } from "hono/jsx";
import type { Job } from "#contexts/queue/queue.ts";
import { Act, State, timeFromNow, type Tone } from "#edge/web/parts.tsx";
import type { Text } from "#edge/web/text/catalogue.ts";

/** Work that goes on while nobody watches, and how far it is. */
export interface JobShown extends Pick<
  Job,
  "state" | "progress" | "lastError"
> {
  /** When it goes on, where it waits; null where it does not. */
  againInMs?: number | null;
  /** How long it will still take; null where nobody knows. */
  leftMs?: number | null;
}

const TONES: Readonly<Record<Job["state"], Tone>> = {
  queued: "warn",
  running: "warn",
  done: "good",
  failed: "bad",
  cancelled: "plain",
};

export const isGoing = ({ state }: Pick<Job, "state">) =>
  state === "queued" || state === "running";

export function JobCard(given: {
  text: Text;
  id: string;
  title: string;
  job: JobShown;
  /** Where the page is, and where the form goes that stops it. */
  path: string;
  stop: string;
  children?: Child;
}) {
  const { text, title, job } = given;
  const words = text.account.jobs;
  const { state, progress, lastError, againInMs = null, leftMs = null } = job;
  const { done, total } = progress ?? { done: 0, total: null };
  const count = (n: number) => n.toLocaleString(text.lang);
  return (
    <section class="card" id={given.id}>
      <h2>{title}</h2>
      <p>
        <State tone={TONES[state]}>{words.states[state]}</State>{" "}
        {total !== null && words.doneOf(count(done), count(total))}
      </p>
      {isGoing(job) && (
        <>
          <progress
            {...(total !== null && { value: done, max: Math.max(total, 1) })}
            aria-label={title}
          />
          {againInMs !== null && (
            <p>{words.goesOn(timeFromNow(text.lang, againInMs))}</p>
          )}
          {leftMs !== null && (
            <p>{words.doneIn(timeFromNow(text.lang, leftMs))}</p>
          )}
        </>
      )}
      {given.children}
      {isGoing(job) && (
        <>
          <p class="quiet">{words.survives}</p>
          <p class="actions">
            <a class="button plain small" href={given.path}>
              {words.refresh}
            </a>
            <Act action={given.stop} look="danger plain small">
              {words.stop}
            </Act>
          </p>
        </>
      )}
      {lastError !== null && (
        <p class="alert">{text.refusals.other(lastError)}</p>
      )}
    </section>
  );
}
