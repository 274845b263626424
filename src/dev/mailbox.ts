import type { MailTransport, OutgoingMail } from "#contexts/mail/transport.ts";

export interface CaughtMail extends OutgoingMail {
  id: number;
  /** ISO 8601. */
  receivedAt: string;
}

/** Catches the mail of a development server, for a person or a test to read. */
export interface Mailbox {
  transport: MailTransport;
  /** Newest first. */
  list(): CaughtMail[];
  /** Forgets everything. */
  clear(): void;
  /**
   * `GET /` lists, as HTML or, if asked, as JSON; `GET /messages.json` always as
   * JSON; `GET /<id>` shows one as it would look; `DELETE /` forgets all.
   */
  fetch(request: Request): Response;
}

export function createMailbox({
  limit = 200,
  now = () => new Date(),
}: { limit?: number; now?: () => Date } = {}): Mailbox {
  let mails: CaughtMail[] = [];
  let lastId = 0;
  return {
    transport: {
      async send(mail) {
        const receivedAt = now().toISOString();
        mails = [{ id: ++lastId, receivedAt, ...mail }, ...mails];
        mails.length = Math.min(mails.length, limit);
      },
    },
    list: () => [...mails],
    clear() {
      mails = [];
    },
    fetch(request) {
      const path = new URL(request.url).pathname.replace(/^\/+/, "");
      if (request.method === "DELETE" && path === "") {
        mails = [];
        return new Response(null, { status: 204 });
      }
      const wantsJson = request.headers.get("accept")?.includes("json");
      if (path === "messages.json" || (path === "" && wantsJson)) {
        return Response.json({ messages: mails });
      }
      if (path === "") return html(listPage(mails));
      const mail = mails.find(({ id }) => String(id) === path);
      if (mail === undefined) return new Response("not found", { status: 404 });
      return html(mail.html ?? `<pre>${Bun.escapeHTML(mail.text)}</pre>`);
    },
  };
}

function listPage(mails: CaughtMail[]): string {
  const items = mails.map(
    (
      mail,
    ) => `<li><p><a href="${mail.id}">${Bun.escapeHTML(mail.subject)}</a><br>
to ${Bun.escapeHTML(mail.to)}, ${mail.receivedAt}</p>
<pre>${Bun.escapeHTML(mail.text)}</pre></li>`,
  );
  const list = items.length > 0 ? items.join("\n") : "<li>No mail yet.</li>";
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Caught mail</title></head>
<body style="font:16px/1.5 sans-serif;max-width:44em;margin:2em auto;padding:0 1em">
<h1>Caught mail</h1>
<ul>
${list}
</ul>
</body>
</html>
`;
}

function html(text: string): Response {
  return new Response(text, {
    headers: {
      "content-type": "text/html; charset=utf-8",
      // What is in a letter came from strangers; it may look, not act.
      "content-security-policy":
        "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-popups",
    },
  });
}
