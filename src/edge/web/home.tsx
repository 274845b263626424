import type { Child, FC } from "hono/jsx";
import { VERSION } from "#lib/version.ts";
import type { EdgeSettings } from "#edge/settings.ts";

const STYLE = `
:root{color-scheme:light dark;--ink:#1b1f24;--quiet:#57606a;--paper:#f6f8fa;--card:#fff;--line:#d8dee4;--accent:#0b5fb0}
@media(prefers-color-scheme:dark){:root{--ink:#e6e8eb;--quiet:#9aa4af;--paper:#0f1215;--card:#181c20;--line:#2d343b;--accent:#7db9f5}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:flex;flex-direction:column;align-items:center;justify-content:center;padding:1.5rem 1rem;font:1.0625rem/1.6 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
main{width:100%;max-width:36rem;padding:clamp(1.5rem,6vw,2.5rem);border:1px solid var(--line);border-top:4px solid var(--accent);border-radius:.75rem;background:var(--card)}
h1{margin:0;font-size:1.75rem;line-height:1.2;overflow-wrap:anywhere}
p{margin:.75rem 0 0}
dl{margin:1.5rem 0 0;border-top:1px solid var(--line)}
dl div{display:flex;flex-wrap:wrap;gap:0 1rem;padding:.625rem 0;border-bottom:1px solid var(--line)}
dt{flex:0 0 9rem;color:var(--quiet)}
dd{flex:1 1 12rem;margin:0;overflow-wrap:anywhere}
code{font:.9375em ui-monospace,monospace}
nav{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;margin-top:1.5rem}
a{color:var(--accent)}
footer{margin-top:1rem;color:var(--quiet);font-size:.875rem}`;

const STYLE_HASH = new Bun.CryptoHasher("sha256")
  .update(STYLE)
  .digest("base64");

/** The page runs nothing and loads nothing. */
const HEADERS = {
  "Content-Type": "text/html; charset=utf-8",
  "Content-Security-Policy": `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
};

type Shown = Pick<
  EdgeSettings,
  | "serviceName"
  | "publicUrl"
  | "handleDomains"
  | "inviteRequired"
  | "homeUrl"
  | "privacyPolicyUrl"
  | "termsOfServiceUrl"
  | "supportUrl"
  | "contactEmail"
>;

const Home: FC<{ settings: Shown }> = ({ settings }) => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>{settings.serviceName}</title>
      <style dangerouslySetInnerHTML={{ __html: STYLE }} />
    </head>
    <body>
      <main>
        <h1>{settings.serviceName}</h1>
        <p>
          This server keeps people's accounts and what they write, for Bluesky
          and every other application of the AT Protocol.
        </p>
        <dl>
          {factsOf(settings).map(([name, value]) => (
            <div>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
        <nav>
          {linksOf(settings).map(([text, href]) => (
            <a href={href}>{text}</a>
          ))}
        </nav>
      </main>
      <footer>Tempest {VERSION}</footer>
    </body>
  </html>
);

/** What somebody types into an application to sign in or sign up here. */
function factsOf(settings: Shown): [name: string, value: Child][] {
  const { publicUrl, handleDomains, inviteRequired } = settings;
  const handles = handleDomains.map((domain) => `you${domain}`).join(", ");
  const facts: [string, Child][] = [
    ["Server address", <code>{publicUrl}</code>],
  ];
  if (handles !== "") facts.push(["New handles", <code>{handles}</code>]);
  facts.push([
    "New accounts",
    inviteRequired ? "By invitation" : "Open to everybody",
  ]);
  return facts;
}

function linksOf(settings: Shown): [text: string, href: string][] {
  const links: [string, string | null][] = [
    ["Home page", settings.homeUrl],
    ["Terms of service", settings.termsOfServiceUrl],
    ["Privacy policy", settings.privacyPolicyUrl],
    ["Support", settings.supportUrl],
    ["Contact", settings.contactEmail && `mailto:${settings.contactEmail}`],
    ["About the protocol", "https://atproto.com"],
  ];
  return links.filter((link): link is [string, string] => link[1] !== null);
}

/** The page at `/`, the same for everybody. */
export function createHome(settings: Shown): () => Response {
  const html = `<!doctype html>${(<Home settings={settings} />).toString()}`;
  return () => new Response(html, { headers: HEADERS });
}
