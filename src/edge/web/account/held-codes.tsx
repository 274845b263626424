import type { HeldCodes } from "#contexts/accounts/factors/mail-factor.ts";
import { momentInWords } from "#lib/languages.ts";
import type { Text } from "#edge/web/text/catalogue.ts";

/** Says where codes of the sign-in go while the address is a new one; nothing where they go there. */
export function HeldCodesNote({
  text,
  held,
}: {
  text: Text;
  held: HeldCodes | null;
}) {
  if (held === null) return null;
  const { address, toConfirm, untilMs } = held;
  const words = text.security.held;
  const until =
    untilMs === null ? null : words.until(momentInWords(untilMs, text.lang));
  return (
    <section class="alert mild">
      <p>
        {[
          words.where(address),
          toConfirm !== null && words.confirm(toConfirm),
          until,
        ]
          .filter(Boolean)
          .join(" ")}
      </p>
      <p>{words.notYou}</p>
    </section>
  );
}
