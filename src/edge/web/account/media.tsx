import { bytesInWords } from "#lib/languages.ts";
import type { MissingBlob } from "#contexts/blobs/missing-blobs.ts";
import type { CleanUpState } from "#contexts/blobs/clean-up.ts";
import type { MediaUse, OwnBlob } from "#contexts/blobs/media.ts";
import { parseAtUri } from "#repo/syntax.ts";
import {
  Act,
  hrefWith,
  type Listed,
  Moment,
  PagedTable,
  State,
  Bytes,
} from "#edge/web/parts.tsx";
import type { Text } from "#edge/web/text/catalogue.ts";
import { isGoing, JobCard } from "./job.tsx";
import { recordHref } from "./json.tsx";
import { accountRoom, type OwnerShown } from "./room.tsx";

const PATH = "/account/media";

/** Types that browsers draw and run nothing of. */
const DRAWN = new Set([
  "image/png",
  "image/jpeg",
  "image/gif",
  "image/webp",
  "image/avif",
]);

export interface MediaShown {
  list: Listed<OwnBlob>;
  use: MediaUse;
  usage: { count: number; bytes: number };
  /** The last clean-up that was a job. */
  cleanUp: CleanUpState | null;
  fault: string | null;
}

/** What was uploaded: each with what it is and what uses it. */
export function mediaPage(shown: OwnerShown, given: MediaShown): Response {
  const { text, owner } = shown;
  const words = text.account.media;
  const { list, use, usage, cleanUp, fault } = given;
  const goesOn = cleanUp !== null && isGoing(cleanUp);
  const mayRemove = owner.status === "active";
  return accountRoom(
    shown,
    {
      ...{ title: words.title, fault },
      scripts: goesOn ? ["reload.client.js"] : [],
    },
    <>
      {cleanUp !== null && use === "unused" && (
        <CleanUp text={text} cleanUp={cleanUp} />
      )}
      <section class="card">
        <p>{words.usage(usage.count, bytesInWords(usage.bytes, text.lang))}</p>
        <Filter text={text} current={use} />
        <PagedTable
          text={text}
          caption={words.captions[use]}
          columns={[
            { label: words.file, cell: (blob) => <File {...{ text, blob }} /> },
            {
              label: words.type,
              cell: ({ mimeType }) => <span class="whole">{mimeType}</span>,
            },
            {
              label: words.size,
              isNumber: true,
              cell: ({ sizeBytes }) => <Bytes of={sizeBytes} />,
            },
            {
              label: words.uploaded,
              cell: ({ uploadedAtMs }) => <Moment atMs={uploadedAtMs} />,
            },
            {
              label: words.usedBy,
              cell: (blob) => (
                <Uses {...{ text, blob }} mayRemove={mayRemove} />
              ),
            },
          ]}
          list={list}
          path={PATH}
          query={use === "all" ? {} : { show: use }}
        />
        {list.rows.length === 0 && list.next !== null && <p>{words.noneYet}</p>}
        <p class="quiet">{words.unusedHint}</p>
        {mayRemove && usage.count > 0 && !goesOn && (
          <p class="actions">
            <Act action={`${PATH}/clean`} look="danger plain">
              {words.clean}
            </Act>
          </p>
        )}
      </section>
    </>,
  );
}

const SHOWN = ["all", "used", "unused", "missing"] as const;

/** Which files are shown. */
function Filter({
  text,
  current,
}: {
  text: Text;
  current: (typeof SHOWN)[number];
}) {
  const words = text.account.media;
  return (
    <nav class="actions" aria-label={words.filter}>
      {SHOWN.map((show) => (
        <a
          class="button plain small"
          href={hrefWith(PATH, show === "all" ? {} : { show })}
          aria-current={show === current ? "page" : undefined}
        >
          {words.shows[show]}
        </a>
      ))}
    </nav>
  );
}

function CleanUp({ text, cleanUp }: { text: Text; cleanUp: CleanUpState }) {
  const words = text.account.media;
  const { removed, removedBytes } = cleanUp;
  return (
    <JobCard
      text={text}
      id="clean-up"
      title={words.cleaning}
      job={cleanUp}
      path={hrefWith(PATH, { show: "unused" })}
      stop={`${PATH}/stop`}
    >
      <p>{words.removed(removed, bytesInWords(removedBytes, text.lang))}</p>
    </JobCard>
  );
}

/** Enough to tell files apart; the whole is the title of the link. */
const shortOf = (cid: string) => `${cid.slice(0, 14)}…${cid.slice(-6)}`;

function File({ text, blob }: { text: Text; blob: OwnBlob }) {
  const { cid, mimeType, isTakenDown } = blob;
  const words = text.account.media;
  if (isTakenDown) return <State tone="bad">{words.takenDown}</State>;
  const href = hrefWith(`${PATH}/file`, { cid });
  return (
    <a href={href} download title={cid}>
      {DRAWN.has(mimeType) ? (
        <img class="thumb" src={href} alt={words.picture(cid)} loading="lazy" />
      ) : (
        <code>{shortOf(cid)}</code>
      )}
    </a>
  );
}

function Uses({
  text,
  blob: { cid, usedBy, isTakenDown },
  mayRemove,
}: {
  text: Text;
  blob: OwnBlob;
  mayRemove: boolean;
}) {
  const words = text.account.media;
  if (usedBy.length === 0) {
    return (
      <>
        <State tone="warn">{words.unused}</State>{" "}
        {mayRemove && !isTakenDown && (
          <Act
            action={`${PATH}/remove`}
            fields={{ cid }}
            look="danger plain small"
            name={words.removeName(cid)}
          >
            {words.remove}
          </Act>
        )}
      </>
    );
  }
  return (
    <ul class="plain">
      {usedBy.map(({ collection, rkey }) => (
        <li>
          <a href={recordHref(collection, rkey)}>{`${collection}/${rkey}`}</a>
        </li>
      ))}
    </ul>
  );
}

/** What records name and this server has not. */
export function missingPage(
  shown: OwnerShown,
  list: Listed<MissingBlob>,
): Response {
  const { text } = shown;
  const words = text.account.media;
  return accountRoom(
    shown,
    { title: words.missing },
    <section class="card">
      <Filter text={text} current="missing" />
      <p>{words.missingHint}</p>
      <PagedTable
        text={text}
        caption={words.missing}
        columns={[
          { label: words.file, cell: ({ cid }) => <code>{cid}</code> },
          {
            label: words.usedBy,
            cell: ({ recordUri }) => {
              const { collection, rkey } = parseAtUri(recordUri);
              return (
                <a href={recordHref(collection ?? "", rkey ?? "")}>
                  {`${collection}/${rkey}`}
                </a>
              );
            },
          },
        ]}
        list={list}
        path={PATH}
        query={{ show: "missing" }}
      />
    </section>,
  );
}
