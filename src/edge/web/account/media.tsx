import type { MissingBlob } from "#contexts/blobs/missing-blobs.ts";
import type { OwnBlob } from "#contexts/blobs/media.ts";
import { parseAtUri } from "#repo/syntax.ts";
import {
  Act,
  bytesInWords,
  hrefWith,
  type Listed,
  PagedTable,
  State,
} from "#edge/web/parts.tsx";
import type { Text } from "#edge/web/text/catalogue.ts";
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

/** What was uploaded: each with what it is and what uses it. */
export function mediaPage(shown: OwnerShown, list: Listed<OwnBlob>): Response {
  const { text } = shown;
  const words = text.account.media;
  return accountRoom(
    shown,
    { title: words.title },
    <section class="card">
      <p>
        <a href={hrefWith(PATH, { show: "missing" })}>{words.seeMissing}</a>
      </p>
      <PagedTable
        text={text}
        caption={words.title}
        columns={[
          { label: words.file, cell: (blob) => <File {...{ text, blob }} /> },
          { label: words.type, cell: ({ mimeType }) => mimeType },
          {
            label: words.size,
            isNumber: true,
            cell: ({ sizeBytes }) => bytesInWords(sizeBytes),
          },
          { label: words.usedBy, cell: (blob) => <Uses {...{ text, blob }} /> },
        ]}
        list={list}
        path={PATH}
      />
      {list.rows.length > 0 && (
        <>
          <p class="quiet">{words.unusedHint}</p>
          <p class="actions">
            <Act action="/account/media/clean" look="danger plain">
              {words.clean}
            </Act>
          </p>
        </>
      )}
    </section>,
  );
}

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
        <code>{cid}</code>
      )}
    </a>
  );
}

function Uses({ text, blob: { usedBy } }: { text: Text; blob: OwnBlob }) {
  const words = text.account.media;
  if (usedBy.length === 0) return <State tone="warn">{words.unused}</State>;
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
      <p>
        <a href={PATH}>{words.seeAll}</a>
      </p>
    </section>,
  );
}
