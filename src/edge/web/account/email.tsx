import type { HeldCodes } from "#contexts/accounts/factors/mail-factor.ts";
import { Act, Facts, Field, MailedCode, State } from "#edge/web/parts.tsx";
import { HeldCodesNote } from "./held-codes.tsx";
import { accountRoom, type OwnerShown } from "./room.tsx";

export interface EmailShown {
  address: string | null;
  isConfirmed: boolean;
  /** What was typed as the new address, and what is wrong with a form. */
  typed: string;
  fault: string | null;
  /** Codes of the sign-in that go elsewhere for now. */
  heldCodes: HeldCodes | null;
}

/** The address of the owner: confirmed with a code, changed with another. */
export function emailPage(shown: OwnerShown, email: EmailShown): Response {
  const words = shown.text.account.email;
  const { address, isConfirmed, fault } = email;
  const code = <MailedCode label={words.code} />;
  return accountRoom(
    shown,
    { title: words.title, fault },
    <>
      <HeldCodesNote text={shown.text} held={email.heldCodes} />
      <section class="card">
        <h2>{words.now}</h2>
        <Facts
          rows={[
            [
              words.address,
              address === null ? (
                words.none
              ) : (
                <>
                  {`${address} `}
                  <State tone={isConfirmed ? "good" : "warn"}>
                    {isConfirmed ? words.confirmed : words.unconfirmed}
                  </State>
                </>
              ),
            ],
          ]}
        />
        {address !== null && !isConfirmed && (
          <>
            <p>{words.confirmHint}</p>
            <p class="actions">
              <Act action="/account/email/send" look="plain">
                {words.send}
              </Act>
            </p>
            <form method="post" action="/account/email/confirm">
              {code}
              <button type="submit">{words.confirm}</button>
            </form>
          </>
        )}
      </section>
      <section class="card">
        <h2>{words.change}</h2>
        <p class="quiet">{words.changeHint}</p>
        {isConfirmed && (
          <>
            <p>{words.changeCode}</p>
            <p class="actions">
              <Act action="/account/email/ask" look="plain">
                {words.send}
              </Act>
            </p>
          </>
        )}
        <form method="post" action="/account/email/change">
          <Field
            label={words.newAddress}
            name="email"
            type="email"
            value={email.typed}
            required
            autocomplete="email"
          />
          {isConfirmed && code}
          <button type="submit">{words.change}</button>
        </form>
      </section>
    </>,
  );
}
