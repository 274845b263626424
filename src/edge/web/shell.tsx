import type { Child } from "hono/jsx";
import type { Text } from "./text/catalogue.ts";

/** The frame of every page on which people sign in or decide something. */

const STYLE = `
:root{color-scheme:light dark;--ink:#1b1f24;--quiet:#57606a;--paper:#f6f8fa;--card:#fff;--line:#d0d7de;--accent:#0b5fb0;--on-accent:#fff;--warn-ink:#8a1c12;--warn:#fdecea;--focus:#0b5fb0}
@media(prefers-color-scheme:dark){:root{--ink:#e6e8eb;--quiet:#9aa4af;--paper:#0f1215;--card:#181c20;--line:#3a434c;--accent:#7db9f5;--on-accent:#08131f;--warn-ink:#ffb4a9;--warn:#3a1512;--focus:#7db9f5}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:flex;flex-direction:column;align-items:center;padding:clamp(1rem,8vh,5rem) 1rem 2rem;font:1.0625rem/1.55 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
main{width:100%;max-width:28rem;padding:clamp(1.25rem,5vw,2.25rem);border:1px solid var(--line);border-top:4px solid var(--accent);border-radius:.75rem;background:var(--card)}
h1{margin:0;font-size:1.5rem;line-height:1.25;overflow-wrap:anywhere}
p{margin:.5rem 0 0;overflow-wrap:anywhere}
.quiet{color:var(--quiet);font-size:.9375rem}
form{margin-top:1.25rem;display:grid;gap:1rem}
label.field{display:grid;gap:.25rem;font-weight:600}
input[type=text],input[type=password]{width:100%;padding:.625rem .75rem;font:inherit;font-weight:400;color:inherit;background:var(--paper);border:1px solid var(--quiet);border-radius:.5rem}
input[readonly]{color:var(--quiet)}
label.tick{display:flex;gap:.625rem;align-items:flex-start}
label.tick input{flex:none;width:1.125rem;height:1.125rem;margin:.25rem 0 0;accent-color:var(--accent)}
label.tick span{min-width:0;overflow-wrap:anywhere}
button,.button{display:block;width:100%;padding:.6875rem 1rem;font:inherit;font-weight:600;text-align:center;text-decoration:none;border:1px solid var(--accent);border-radius:.5rem;cursor:pointer;color:var(--on-accent);background:var(--accent)}
button.plain,.button.plain{color:var(--accent);background:transparent}
.row{display:grid;grid-template-columns:1fr 1fr;gap:.75rem}
.accounts,.asked{list-style:none;margin:1.25rem 0 0;padding:0;display:grid;gap:.75rem}
.asked{margin:0}
.asked ul{margin:.25rem 0 0;padding-left:1.25rem;font-size:.9375rem}
.alert{margin:1.25rem 0;padding:.75rem 1rem;border-left:4px solid var(--warn-ink);border-radius:.375rem;color:var(--warn-ink);background:var(--warn)}
dl{margin:1.25rem 0 0;border-top:1px solid var(--line)}
dl div{padding:.5rem 0;border-bottom:1px solid var(--line)}
dt{color:var(--quiet);font-size:.875rem}
dd{margin:0;overflow-wrap:anywhere}
a{color:var(--accent)}
:focus-visible{outline:3px solid var(--focus);outline-offset:2px}
footer{margin-top:1rem;color:var(--quiet);font-size:.875rem}`;

const STYLE_HASH = new Bun.CryptoHasher("sha256")
  .update(STYLE)
  .digest("base64");

export interface PageOptions {
  text: Text;
  title: string;
  /** Name of the server, under the page. */
  serviceName: string;
  status?: number;
  /** Where the page's forms may lead besides this server; a browser checks redirects too. */
  formTarget?: string | null;
  headers?: Record<string, string>;
}

/** A whole page: it runs nothing, loads nothing, and is shown in no frame. */
export function renderPage(options: PageOptions, body: Child): Response {
  const { text, title, serviceName, status = 200 } = options;
  const page = (
    <html lang={text.lang}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>{`${title} · ${serviceName}`}</title>
        <style dangerouslySetInnerHTML={{ __html: STYLE }} />
      </head>
      <body>
        <main>{body}</main>
        <footer>{serviceName}</footer>
      </body>
    </html>
  );
  return new Response(`<!doctype html>${page.toString()}`, {
    status,
    headers: {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy": policyOf(options.formTarget ?? null),
      ...PAGE_HEADERS,
      ...options.headers,
    },
  });
}

const PAGE_HEADERS = {
  "Cache-Control": "no-store",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy":
    "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  // With no-referrer, browsers would send forms with the origin `null`.
  "Referrer-Policy": "same-origin",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
};

function policyOf(formTarget: string | null): string {
  const target = formTarget === null ? null : sourceOf(formTarget);
  return [
    "default-src 'none'",
    `style-src 'sha256-${STYLE_HASH}'`,
    "base-uri 'none'",
    `form-action 'self'${target === null ? "" : ` ${target}`}`,
    "frame-ancestors 'none'",
  ].join("; ");
}

/** What a policy calls the place of a URL: its origin, or the scheme of an application. */
function sourceOf(href: string): string | null {
  const url = URL.parse(href);
  if (url === null) return null;
  const isWeb = url.protocol === "https:" || url.protocol === "http:";
  return isWeb ? url.origin : url.protocol;
}
