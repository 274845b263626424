import type {
  ExploredPage,
  ExploredRecord,
} from "#contexts/records/explorer.ts";
import {
  Facts,
  hrefWith,
  State,
  Table,
  TypedName,
  Bytes,
} from "#edge/web/parts.tsx";
import type { Text } from "#edge/web/text/catalogue.ts";
import { isGoing, JobCard, type JobShown } from "./job.tsx";
import { collectionHref, recordHref } from "./json.tsx";
import { accountRoom, type OwnerShown } from "./room.tsx";

type DeletionShown = JobShown & { collection: string };

/** The collections of the repository. */
export function repoPage(
  shown: OwnerShown,
  repo: {
    head: { rev: string; commit: string } | null;
    collections: readonly { collection: string; count: number }[];
    deletion: DeletionShown | null;
  },
): Response {
  const { text, owner } = shown;
  const words = text.account.repo;
  const { head, collections, deletion } = repo;
  const goesOn = deletion !== null && isGoing(deletion);
  return accountRoom(
    shown,
    { title: words.title, scripts: goesOn ? ["reload.client.js"] : [] },
    <>
      {deletion !== null && <Deletion text={text} deletion={deletion} />}
      <section class="card">
        <h2>{words.collections}</h2>
        <Table
          text={text}
          caption={words.collections}
          columns={[
            {
              label: words.collection,
              cell: ({ collection }) => (
                <a href={collectionHref(collection)}>{collection}</a>
              ),
            },
            {
              label: words.records,
              isNumber: true,
              cell: ({ count }) => count.toLocaleString(text.lang),
            },
          ]}
          rows={collections}
        />
        <p class="actions">
          <a class="button plain" href="/account/repo/edit">
            {words.newRecord}
          </a>
        </p>
      </section>
      {head !== null && (
        <section class="card">
          <h2>{words.state}</h2>
          <Facts
            rows={[
              [words.did, <code>{owner.did}</code>],
              [words.commit, <code>{head.commit}</code>],
              [words.rev, <code>{head.rev}</code>],
            ]}
          />
        </section>
      )}
    </>,
  );
}

function Deletion({ text, deletion }: { text: Text; deletion: DeletionShown }) {
  const words = text.account.repo;
  return (
    <JobCard
      text={text}
      id="deletion"
      title={words.deleting(deletion.collection)}
      job={deletion}
      path="/account/repo"
      stop="/account/repo/stop"
    >
      {isGoing(deletion) && <p class="quiet">{words.pace}</p>}
    </JobCard>
  );
}

/** A page of a collection, with boxes to choose what goes. */
export function collectionPage(
  shown: OwnerShown,
  collection: string,
  { records, hasNewer, hasOlder }: ExploredPage,
): Response {
  const { text } = shown;
  const words = text.account.repo;
  return accountRoom(
    shown,
    { title: collection },
    <>
      <p>
        <a href="/account/repo">{words.back}</a>
        {" · "}
        <a href={hrefWith("/account/repo/edit", { c: collection })}>
          {words.newHere}
        </a>
      </p>
      <form method="post" action="/account/repo/review">
        <input type="hidden" name="c" value={collection} />
        <Table
          text={text}
          caption={words.order}
          columns={[
            {
              label: words.key,
              cell: ({ rkey }) => (
                <label class="tick">
                  <input type="checkbox" name="k" value={rkey} />
                  <a href={recordHref(collection, rkey)}>{rkey}</a>
                </label>
              ),
            },
            {
              label: words.content,
              cell: (record) => (
                <>
                  {record.isTakenDown && (
                    <State tone="bad">{words.takenDown}</State>
                  )}
                  <span class="mono">{excerptOf(record)}</span>
                </>
              ),
            },
            {
              label: words.size,
              isNumber: true,
              cell: ({ sizeBytes }) => <Bytes of={sizeBytes} />,
            },
          ]}
          rows={records}
        />
        <Ends
          {...{ text, collection, hasNewer, hasOlder }}
          first={records[0]?.rkey}
          last={records.at(-1)?.rkey}
        />
        {records.length > 0 && (
          <div class="actions">
            <button type="submit" class="danger plain" name="what" value="some">
              {words.deleteChosen}
            </button>
            <button type="submit" class="danger plain" name="what" value="all">
              {words.deleteAll}
            </button>
          </div>
        )}
      </form>
    </>,
  );
}

/** The way through a collection, from both of its ends. */
function Ends(given: {
  text: Text;
  collection: string;
  hasNewer: boolean;
  hasOlder: boolean;
  first: string | undefined;
  last: string | undefined;
}) {
  const { text, collection, hasNewer, hasOlder, first, last } = given;
  const words = text.account.repo.ends;
  const at = (query: Record<string, string>) =>
    hrefWith("/account/repo/collection", { c: collection, ...query });
  if (!hasNewer && !hasOlder) return null;
  return (
    <nav class="pager" aria-label={text.shell.pages}>
      <span>
        {hasNewer && (
          <>
            <a href={at({})}>{words.newest}</a>
            {first !== undefined && (
              <>
                {" · "}
                <a href={at({ newer: first })} rel="prev">
                  {words.newer}
                </a>
              </>
            )}
          </>
        )}
      </span>
      <span>
        {hasOlder && (
          <>
            {last !== undefined && (
              <>
                <a href={at({ older: last })} rel="next">
                  {words.older}
                </a>
                {" · "}
              </>
            )}
            <a href={at({ end: "oldest" })}>{words.oldest}</a>
          </>
        )}
      </span>
    </nav>
  );
}

const EXCERPT_CHARS = 160;

function excerptOf({ value }: ExploredRecord): string {
  const { $type: _, ...rest } =
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? value
      : { $type: null };
  const text = JSON.stringify(rest);
  return text.length > EXCERPT_CHARS
    ? `${text.slice(0, EXCERPT_CHARS)}…`
    : text;
}

/** Says what would go, before it does. `rkeys` null is the whole collection. */
export function reviewPage(
  shown: OwnerShown,
  review: {
    collection: string;
    rkeys: readonly string[] | null;
    count: number;
    fault: string | null;
  },
): Response {
  const words = shown.text.account.repo;
  const { collection, rkeys, count, fault } = review;
  return accountRoom(
    shown,
    { title: words.reviewTitle, fault },
    <section class="card">
      <p>
        <strong>{words.reviewCount(count, collection)}</strong>
      </p>
      {rkeys !== null && (
        <ul>
          {rkeys.slice(0, 20).map((rkey) => (
            <li>
              <code>{rkey}</code>
            </li>
          ))}
          {rkeys.length > 20 && <li>{words.andMore(rkeys.length - 20)}</li>}
        </ul>
      )}
      <p>{words.reviewHint}</p>
      <form method="post" action="/account/repo/delete">
        <input type="hidden" name="c" value={collection} />
        {rkeys?.map((rkey) => (
          <input type="hidden" name="k" value={rkey} />
        ))}
        <input
          type="hidden"
          name="what"
          value={rkeys === null ? "all" : "some"}
        />
        {rkeys === null && <TypedName label={words.typeName(collection)} />}
        <div class="actions">
          <button type="submit" class="danger">
            {words.deleteNow}
          </button>
          <a class="button plain" href={collectionHref(collection)}>
            {words.keep}
          </a>
        </div>
      </form>
    </section>,
  );
}
