import type { ExploredRecord } from "#contexts/records/explorer.ts";
import { Act, Facts, Field, hrefWith, Bytes } from "#edge/web/parts.tsx";
import { collectionHref, Json } from "./json.tsx";
import { accountRoom, type OwnerShown } from "./room.tsx";

/** Larger ones are looked at as a file of their own. */
const LARGEST_SHOWN_BYTES = 40_000;

export function recordPage(
  shown: OwnerShown,
  record: ExploredRecord,
): Response {
  const { text, owner } = shown;
  const words = text.account.repo;
  const { collection, rkey, cid } = record;
  const raw = hrefWith("/xrpc/com.atproto.repo.getRecord", {
    ...{ repo: owner.did, collection, rkey },
  });
  return accountRoom(
    shown,
    { title: rkey },
    <>
      <p>
        <a href={collectionHref(collection)}>{words.backTo(collection)}</a>
      </p>
      <section class="card">
        {record.isTakenDown && <p class="alert">{words.takenDownHint}</p>}
        {record.value === null ? (
          <p class="alert">{words.unreadable}</p>
        ) : record.sizeBytes > LARGEST_SHOWN_BYTES ? (
          <p>{words.large}</p>
        ) : (
          <Json value={record.value} own={owner.did} />
        )}
        <Facts
          rows={[
            [
              words.uri,
              <code>{`at://${owner.did}/${collection}/${rkey}`}</code>,
            ],
            [words.cid, <code>{cid}</code>],
            [words.size, <Bytes of={record.sizeBytes} />],
            [words.raw, <a href={raw}>{words.rawLink}</a>],
          ]}
        />
        <div class="actions">
          <a
            class="button"
            href={hrefWith("/account/repo/edit", { c: collection, k: rkey })}
          >
            {words.edit}
          </a>
          <Act
            action="/account/repo/review"
            fields={{ c: collection, k: rkey, what: "some" }}
            look="danger plain"
          >
            {words.delete}
          </Act>
        </div>
      </section>
    </>,
  );
}

export interface EditorShown {
  collection: string;
  rkey: string;
  /** The record that the text began as; null for a new one. */
  cid: string | null;
  json: string;
  fault: string | null;
  /** What is there by now, where somebody has changed it meanwhile. */
  current: ExploredRecord | null;
}

export function editorPage(shown: OwnerShown, edited: EditorShown): Response {
  const { text, owner } = shown;
  const words = text.account.repo;
  const { cid, fault, current } = edited;
  const isNew = cid === null;
  return accountRoom(
    shown,
    {
      title: isNew ? words.newRecord : words.editing(edited.rkey),
      fault,
    },
    <section class="card wide">
      {current !== null && (
        <>
          <h2>{words.byNow}</h2>
          <Json value={current.value} own={owner.did} />
        </>
      )}
      <form method="post" action="/account/repo/edit">
        {!isNew && <input type="hidden" name="cid" value={cid} />}
        <Field
          label={words.collection}
          name="c"
          value={edited.collection}
          readonly={!isNew}
          required
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
        />
        <Field
          label={words.key}
          name="k"
          value={edited.rkey}
          hint={isNew ? words.keyHint : undefined}
          readonly={!isNew}
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
        />
        <label class="field">
          {words.json}
          <textarea
            name="json"
            rows={16}
            required
            spellcheck={false}
            class="mono"
            autocapitalize="none"
          >
            {edited.json}
          </textarea>
        </label>
        <button type="submit">{words.save}</button>
      </form>
    </section>,
  );
}
