import { Facts, State } from "#edge/web/parts.tsx";
import { accountRoom, type OwnerShown } from "./room.tsx";

/** The first page of an account: who it is and how it is. */
export function overviewPage(shown: OwnerShown): Response {
  const { text, owner } = shown;
  const words = text.account.overview;
  const tone = owner.status === "active" ? "good" : "warn";
  return accountRoom(
    shown,
    { title: words.title },
    <section class="card">
      <h2>{words.identity}</h2>
      <Facts
        rows={[
          [words.handle, `@${owner.handle}`],
          [words.did, <code>{owner.did}</code>],
          [
            words.status,
            <State tone={tone}>{words.statuses[owner.status]}</State>,
          ],
        ]}
      />
    </section>,
  );
}
