import { Moment } from "#edge/web/parts.tsx";
import { IMPORT_REPORT } from "./import-report.tsx";
import { accountRoom, type OwnerShown } from "./room.tsx";

/** The way of one's data out of this server, and into it. */
export function dataPage(
  shown: OwnerShown,
  given: { importedAtMs: number | null; fault: string | null },
): Response {
  const words = shown.text.account.data;
  const { importedAtMs, fault } = given;
  return accountRoom(
    shown,
    { title: words.title, fault },
    <>
      <section class="card">
        <h2>{words.export}</h2>
        <p>{words.exportHint}</p>
        <p class="quiet">{words.allHint}</p>
        <p class="actions">
          <a class="button" href="/account/data/all.tar" download>
            {words.all}
          </a>
          <a class="button plain" href="/account/data/repo.car" download>
            {words.car}
          </a>
          <a
            class="button plain"
            href="/account/data/preferences.json"
            download
          >
            {words.preferences}
          </a>
        </p>
      </section>
      <section class="card">
        <h2>{words.import}</h2>
        <p>{words.importHint}</p>
        <form
          method="post"
          action="/account/data/import"
          enctype="multipart/form-data"
        >
          <label class="field">
            {words.file}
            <input type="file" name="car" accept=".car" required />
          </label>
          <button type="submit" class="danger plain">
            {words.importNow}
          </button>
        </form>
        {importedAtMs !== null && (
          <p>
            <a href={IMPORT_REPORT}>{words.report}</a>{" "}
            <Moment atMs={importedAtMs} />
          </p>
        )}
      </section>
    </>,
  );
}
