import type { FC } from "hono/jsx";
import { VERSION } from "#lib/version.ts";
import type { EdgeSettings } from "#edge/settings.ts";

const STYLE = `:root{color-scheme:light dark;--ink:#1b1f24;--quiet:#57606a;--paper:#fff;--accent:#0b5fb0}
@media(prefers-color-scheme:dark){:root{--ink:#e6e8eb;--quiet:#9aa4af;--paper:#14171a;--accent:#7db9f5}}
body{max-width:40rem;margin:4rem auto;padding:0 1.25rem;font:1.0625rem/1.6 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
h1{font-size:1.75rem;line-height:1.2}a{color:var(--accent)}footer{margin-top:3rem;color:var(--quiet);font-size:.9rem}`;

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
  | "hostname"
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
          This is an AT Protocol Personal Data Server: it keeps people's
          accounts and what they write. Applications such as Bluesky talk to it
          under <code>/xrpc/</code>; there is nothing else to see here.
        </p>
        <ul>
          {linksOf(settings).map(([text, href]) => (
            <li>
              <a href={href}>{text}</a>
            </li>
          ))}
        </ul>
      </main>
      <footer>Tempest {VERSION}</footer>
    </body>
  </html>
);

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
