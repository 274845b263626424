import { expect, test } from "bun:test";
import { LANGUAGES } from "#lib/languages.ts";
import { textIn } from "#edge/web/text/catalogue.ts";
import { HeldCodesNote } from "./held-codes.tsx";

const [address, toConfirm] = ["old@mail.test", "new@mail.test"];
const untilMs = Date.UTC(2031, 4, 6, 7, 8);

test.each([...LANGUAGES])(
  "in %s the note says where codes go, and until when",
  (code) => {
    const text = textIn(code);
    const note = (held: Parameters<typeof HeldCodesNote>[0]["held"]) =>
      String(HeldCodesNote({ text, held }));
    const confirmed = text.security.held.confirm(toConfirm);
    const unconfirmed = note({ address, toConfirm, untilMs: null });
    expect(unconfirmed).toContain(address);
    expect(unconfirmed).toContain(confirmed);
    expect(unconfirmed).not.toContain("2031");
    const byOperator = note({ address, toConfirm: null, untilMs });
    expect(byOperator).toContain(address);
    expect(byOperator).toContain("2031");
    expect(byOperator).not.toContain(toConfirm);
    const both = note({ address, toConfirm, untilMs });
    expect(both).toContain("2031");
    expect(both).toContain(confirmed);
    expect(HeldCodesNote({ text, held: null })).toBeNull();
  },
);
