import { Act, Field, MailedCode, Moment, TypedName } from "#edge/web/parts.tsx";
import { accountRoom, type OwnerShown } from "./room.tsx";

/** The ways out: to rest, or to end for good. */
export function closePage(
  shown: OwnerShown,
  state: { deleteAfterMs: number | null; fault: string | null },
): Response {
  const { text, owner } = shown;
  const words = text.account.close;
  const { deleteAfterMs, fault } = state;
  const isActive = owner.status === "active";
  return accountRoom(
    shown,
    { title: words.title, fault },
    <>
      <section class="card">
        <h2>{words.export}</h2>
        <p>{words.exportHint}</p>
        <p class="actions">
          <a class="button plain" href="/account/data">
            {words.exportLink}
          </a>
        </p>
      </section>
      <section class="card">
        <h2>{words.deactivate}</h2>
        {owner.status === "deactivated" && (
          <>
            <p>
              {words.resting}
              {deleteAfterMs !== null && (
                <>
                  {" "}
                  {words.deletedAfter} <Moment atMs={deleteAfterMs} />.
                </>
              )}
            </p>
            <p class="actions">
              <Act action="/account/activate" look="">
                {words.activate}
              </Act>
            </p>
          </>
        )}
        <p>{words.deactivateHint}</p>
        <form method="post" action="/account/close/deactivate">
          <Field
            label={words.date}
            name="date"
            type="date"
            hint={words.dateHint}
          />
          <button type="submit" class="danger plain">
            {isActive ? words.deactivate : words.setDate}
          </button>
        </form>
      </section>
      <section class="card">
        <h2>{words.delete}</h2>
        <p>{words.deleteHint}</p>
        <ul>
          {words.consequences.map((sentence) => (
            <li>{sentence}</li>
          ))}
        </ul>
        <p class="actions">
          <Act action="/account/close/ask" look="danger plain">
            {words.ask}
          </Act>
        </p>
      </section>
    </>,
  );
}

/** The last question before the end. */
export function deletePage(shown: OwnerShown, fault: string | null): Response {
  const { text, owner } = shown;
  const words = text.account.close;
  return accountRoom(
    shown,
    { title: words.delete, fault },
    <section class="card">
      <p class="alert mild">{words.last}</p>
      <form method="post" action="/account/close/delete">
        <MailedCode label={words.code} />
        <Field
          label={words.password}
          name="password"
          type="password"
          required
          autocomplete="current-password"
        />
        <TypedName label={words.typeHandle(owner.handle)} />
        <div class="actions">
          <button type="submit" class="danger">
            {words.deleteNow}
          </button>
          <a class="button plain" href="/account">
            {words.keep}
          </a>
        </div>
      </form>
    </section>,
  );
}
