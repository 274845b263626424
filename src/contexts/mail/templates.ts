/** The letters this host writes: one row each. */

const MINUTE_MS = 60_000;
/** Codes are good for 15 minutes, so a letter with one is not worth sending later. */
const CODE_LIFE_MS = 15 * MINUTE_MS;

interface Template {
  subject: string;
  /** First paragraph; `{handle}` is replaced. */
  intro: string;
  /** What stands on the button, where a link goes with the letter. */
  action?: string;
  /** Last paragraph. */
  closing: string;
}

const ACCENT = "#0b5fb0";

const NOT_YOU =
  "If this was not you, do nothing: without the code nothing changes.";

export const TEMPLATES = {
  confirmEmail: {
    subject: "Confirm your e-mail address",
    intro: "Please confirm that this address belongs to your account {handle}.",
    action: "Confirm the address",
    closing:
      "If you have no account here, somebody typed your address by mistake and you can ignore this letter.",
  },
  updateEmail: {
    subject: "Change of your e-mail address",
    intro: "Somebody asked to change the e-mail address of {handle}.",
    closing: NOT_YOU,
  },
  resetPassword: {
    subject: "Reset your password",
    intro: "Somebody asked to set a new password for {handle}.",
    action: "Set a new password",
    closing: NOT_YOU,
  },
  deleteAccount: {
    subject: "Delete your account",
    intro:
      "Somebody asked to delete the account {handle} with everything in it. This can't be undone.",
    closing: `${NOT_YOU} If you are still signed in elsewhere, change your password.`,
  },
  plcOperation: {
    subject: "Change of your identity",
    intro:
      "Somebody asked this server to sign a change to the identity (DID) of {handle}, for example to move the account to another server. Whoever holds this code can take the account over: give it to nobody.",
    closing: NOT_YOU,
  },
  signIn: {
    subject: "Your sign-in code",
    intro:
      "Somebody gave the right password for {handle} and wants to sign in.",
    closing:
      "If this was not you, somebody knows your password: change it. Without the code they can't get in.",
  },
} as const satisfies Record<string, Template>;

export type MailKind = keyof typeof TEMPLATES;

export interface TemplateInput {
  handle: string;
  /** The code to type in. */
  token: string;
  /** A page where one click does it; left out, only the code is in the letter. */
  link?: string;
}

export interface RenderedMail {
  subject: string;
  text: string;
  html: string;
}

/** Writes a letter as plain text and as HTML, both saying the same. */
export function renderMail(
  kind: MailKind,
  input: TemplateInput,
  look: { serviceName: string; accentColor?: string | null },
): RenderedMail {
  const { serviceName, accentColor = null } = look;
  const template: Template = TEMPLATES[kind];
  const intro = template.intro.replace("{handle}", () => input.handle);
  const action = template.action ?? "Go on";
  const minutes = CODE_LIFE_MS / MINUTE_MS;
  const codeLine = `Your code, good for ${minutes} minutes:`;
  const link = input.link ?? null;
  return {
    subject: `${template.subject} – ${serviceName}`,
    text: [
      intro,
      `${codeLine}\n\n    ${input.token}`,
      ...(link === null ? [] : [`${action}:\n${link}`]),
      template.closing,
      `-- \n${serviceName}`,
    ].join("\n\n"),
    html: page(template.subject, [
      paragraph(intro),
      paragraph(codeLine),
      `<p style="font:600 22px monospace;letter-spacing:1px">${escape(input.token)}</p>`,
      ...(link === null ? [] : [button(action, link, accentColor)]),
      paragraph(template.closing),
      `<p style="color:#666;font-size:13px">${escape(serviceName)}</p>`,
    ]),
  };
}

/** For how long a letter is worth sending. */
export function lifeOfMailMs(kind: string): number {
  return kind in TEMPLATES ? CODE_LIFE_MS : 24 * 60 * MINUTE_MS;
}

function page(title: string, parts: string[]): string {
  // Mail programs drop style sheets, so the style is on the elements.
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${escape(title)}</title></head>
<body style="font:16px/1.5 sans-serif;color:#222;max-width:32em;margin:2em auto;padding:0 1em">
${parts.join("\n")}
</body>
</html>
`;
}

function paragraph(text: string): string {
  return `<p>${escape(text)}</p>`;
}

function button(label: string, link: string, colour: string | null): string {
  // White can be read on whatever can be read on white, which the settings see to.
  const style = `display:inline-block;padding:.6em 1.2em;background:${colour ?? ACCENT};color:#fff;border-radius:6px;text-decoration:none`;
  return `<p><a href="${escape(link)}" style="${style}">${escape(label)}</a></p>`;
}

function escape(text: string): string {
  return Bun.escapeHTML(text);
}
