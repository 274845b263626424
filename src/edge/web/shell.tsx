import type { Child } from "hono/jsx";
import { wholeResponse } from "#edge/http/whole-body.ts";
import { type AssetName, assetPath } from "./assets.ts";
import type { Brand } from "./brand.ts";
import { hrefWith, PageLanguage } from "./parts.tsx";
import { LANGUAGE_NAMES, type Text } from "./text/catalogue.ts";

/** The frame of every page. */

/** What stands around a page: whose server it is, and in which language it speaks. */
export interface Frame {
  brand: Brand;
  termsUrl: string | null;
  privacyUrl: string | null;
  supportUrl: string | null;
  contactEmail: string | null;
  /** Way back to this page in another language; null where a form led here. */
  here: string | null;
}

export interface PageOptions {
  text: Text;
  title: string;
  /** Of the title, where it is not that of the page; empty when it is not known. */
  titleLang?: string;
  /** Name of the server. */
  serviceName: string;
  /** What the policy calls the folder of assets; see `assetSources`. */
  assetSources: string;
  frame: Frame;
  status?: number;
  /** Where the page's forms may lead besides this server; a browser checks redirects too. */
  formTarget?: string | null;
  /** Scripts that make the page nicer; it works without them. */
  scripts?: readonly AssetName[];
  /** A script of another service, which a page can't do without, and what it loads. */
  foreignScript?: { href: string; sources: string };
  /** May be found by search engines; pages of people and of sign-in are not. */
  isPublic?: boolean;
  headers?: Record<string, string>;
}

/** A page of one question, on a card. */
export function renderPage(options: PageOptions, body: Child): Response {
  return respond(
    options,
    <body class="narrow">
      <header>
        <a class="name" href="/">
          <Logo frame={options.frame} />
          {options.serviceName}
        </a>
      </header>
      <main>{body}</main>
      <Footer options={options} />
    </body>,
  );
}

export interface MenuItem {
  href: string;
  label: string;
  /** Of the label, where it is not that of the page. */
  lang?: string;
}

export interface MenuSection {
  /** null when the section needs no heading. */
  title: string | null;
  /** Of the title, where it is not that of the page. */
  lang?: string;
  items: readonly MenuItem[];
}

export interface RoomOptions extends PageOptions {
  /** Path of the page, which the menu marks. */
  path: string;
  menu: readonly MenuSection[];
  /** At the end of the bar on top: who is signed in, and the way out. */
  corner?: Child;
  /** What has just been done; from the catalogue. */
  notice?: string | null;
}

/** A page with a bar, a menu and room for tables. */
export function renderRoom(options: RoomOptions, body: Child): Response {
  const { text, menu, path, corner, notice = null, serviceName } = options;
  const hasMenu = menu.length > 0;
  return respond(
    options,
    <body>
      <a class="skip" href="#main">
        {text.shell.skip}
      </a>
      <header class="bar">
        <a class="name" href="/">
          <Logo frame={options.frame} />
          {serviceName}
        </a>
        {corner}
      </header>
      <div class={hasMenu ? "room has-menu" : "room"}>
        {hasMenu && <Menu text={text} menu={menu} path={path} />}
        <main id="main">
          <h1 lang={options.titleLang}>{options.title}</h1>
          {notice !== null && (
            <p class="notice" role="status">
              {notice}
            </p>
          )}
          {body}
        </main>
      </div>
      <Footer options={options} />
    </body>,
  );
}

function Logo({ frame }: { frame: Frame }) {
  const src = frame.brand.logo();
  return src === null ? null : <img class="logo" src={src} alt="" />;
}

/** Where the operator's words are, and the choice of a language. */
function Footer({ options }: { options: PageOptions }) {
  const { text, frame } = options;
  const { termsUrl, privacyUrl, supportUrl, contactEmail, here } = frame;
  const words = text.shell;
  const links = [
    [words.terms, termsUrl],
    [words.privacy, privacyUrl],
    [words.support, supportUrl],
    [words.contact, contactEmail && `mailto:${contactEmail}`],
  ].filter((link): link is [string, string] => Boolean(link[1]));
  return (
    <footer>
      {links.length > 0 && (
        <ul class="plain">
          {links.map(([label, href]) => (
            <li>
              <a href={href}>{label}</a>
            </li>
          ))}
        </ul>
      )}
      {here !== null && (
        <form
          class="languages"
          method="post"
          action={hrefWith("/language", { return_to: here })}
          aria-label={words.language}
        >
          {LANGUAGE_NAMES.map(({ code, name }) => (
            <button
              type="submit"
              class="link"
              name="language"
              value={code}
              lang={code}
              aria-current={code === text.lang ? "true" : undefined}
            >
              {name}
            </button>
          ))}
        </form>
      )}
    </footer>
  );
}

/** Open beside the page where there is room, folded above it on a phone. */
function Menu(given: {
  text: Text;
  menu: readonly MenuSection[];
  path: string;
}) {
  const current = currentOf(given.menu, given.path);
  return (
    <nav class="menu" aria-label={given.text.shell.menu}>
      <details>
        <summary>{given.text.shell.menu}</summary>
        {given.menu.map(({ title, lang, items }) => (
          <>
            {title !== null && <h2 lang={lang}>{title}</h2>}
            <ul>
              {items.map(({ href, label, lang }) => (
                <li>
                  <a
                    href={href}
                    lang={lang}
                    aria-current={href === current ? "page" : undefined}
                  >
                    {label}
                  </a>
                </li>
              ))}
            </ul>
          </>
        ))}
      </details>
    </nav>
  );
}

/** The item that a path belongs to: the longest that it begins with. */
function currentOf(menu: readonly MenuSection[], path: string): string | null {
  const fits = menu
    .flatMap(({ items }) => items)
    .filter(({ href }) => path === href || path.startsWith(`${href}/`))
    .toSorted((a, b) => b.href.length - a.href.length);
  return fits[0]?.href ?? null;
}

function respond(options: PageOptions, body: Child): Response {
  const { brand } = options.frame;
  const { text, title, serviceName, status = 200, scripts = [] } = options;
  const page = (
    <html lang={text.lang}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        {!options.isPublic && <meta name="robots" content="noindex" />}
        <title>
          {title === serviceName ? title : `${title} · ${serviceName}`}
        </title>
        <link rel="icon" href={assetPath("icon.svg")} type="image/svg+xml" />
        <link rel="stylesheet" href={assetPath("style.css")} />
        {brand.stylesheet !== null && (
          <link rel="stylesheet" href={brand.stylesheet} />
        )}
        {scripts.map((name) => (
          <script type="module" src={assetPath(name)} />
        ))}
        {options.foreignScript && (
          <script src={options.foreignScript.href} async defer />
        )}
      </head>
      <PageLanguage.Provider value={text.lang}>{body}</PageLanguage.Provider>
    </html>
  );
  // Pages of somebody who is signed in may show secrets: see `wholeResponse`.
  const toResponse = options.isPublic ? wholeResponse : plainResponse;
  return toResponse(`<!doctype html>${page.toString()}`, {
    status,
    headers: {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy": policyOf(options),
      ...PAGE_HEADERS,
      ...options.headers,
    },
  });
}

const plainResponse = (text: string, init: ResponseInit) =>
  new Response(text, init);

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

/**
 * The page loads its style, its scripts and pictures of this server, and is
 * shown in no frame. Scripts come from the folder of assets alone, so that no
 * file that somebody uploaded can be one.
 */
function policyOf(options: PageOptions): string {
  const { formTarget = null, scripts = [], assetSources: sources } = options;
  const target = formTarget === null ? null : sourceOf(formTarget);
  const runs = scripts.length > 0;
  const foreign = options.foreignScript?.sources;
  const more = foreign === undefined ? "" : ` ${foreign}`;
  return [
    "default-src 'none'",
    `style-src ${sources}${more}`,
    ...(runs
      ? [`script-src ${sources}${more}`, `connect-src 'self'${more}`]
      : []),
    ...(foreign === undefined ? [] : [`frame-src ${foreign}`]),
    `img-src 'self' data:${options.frame.brand.imageSources()}`,
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
  if (!isWeb) return url.protocol;
  // Policies know neither an IPv6 address nor an underscore; the nearest that
  // they can say is the port.
  if (!/^[a-z0-9.-]+$/.test(url.hostname)) {
    return `${url.protocol}//*${url.port && `:${url.port}`}`;
  }
  return url.origin;
}
