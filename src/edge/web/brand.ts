import {
  BLACK,
  type Colour,
  contrastOf,
  formatColour,
  mixColours,
  parseColour,
  toReadable,
  WHITE,
} from "#lib/colour.ts";
import type { EdgeSettings } from "#edge/settings.ts";
import { ASSET_FOLDER } from "./assets.ts";

/** The operator's colours and pictures. The papers are those of style.css. */

const LIGHT_PAPERS: readonly Colour[] = [WHITE, [246, 248, 250]];
const DARK_PAPERS: readonly Colour[] = [
  [24, 28, 32],
  [15, 18, 21],
];
/** WCAG 2.2, 1.4.3, level AA. */
export const MIN_CONTRAST = 4.5;
/** How much of a colour is in the paper of what it says. */
const SOFT = 0.12;

type BrandSettings = Pick<
  EdgeSettings,
  | "primaryColor"
  | "primaryColorDark"
  | "errorColor"
  | "warningColor"
  | "infoColor"
  | "successColor"
  | "backgroundLightUrl"
  | "backgroundDarkUrl"
  | "logo"
  | "logoUrl"
>;

export interface Brand {
  /** Path of the style sheet that comes after the common one; null without colours of one's own. */
  stylesheet: string | null;
  /** Where the picture of the host is; null when it has none. */
  logo(): string | null;
  /** Places of pictures besides this server, as a policy names them. */
  imageSources(): string;
  serve(path: string): Response | null;
}

/** What the operator chose, as pages use it. */
export function createBrand(settings: BrandSettings): Brand {
  const css = styleOf(settings);
  const files = new Map<string, { body: BodyInit; type: string }>();
  const add = (name: string, body: Uint8Array<ArrayBuffer>, type: string) => {
    const hash = new Bun.CryptoHasher("sha256").update(body).digest("hex");
    const path = `${ASSET_FOLDER}${hash.slice(0, 12)}-${name}`;
    files.set(path, { body, type });
    return path;
  };
  const stylesheet =
    css === ""
      ? null
      : add(
          "brand.css",
          new TextEncoder().encode(css),
          "text/css; charset=utf-8",
        );
  const file = settings.logo;
  const logoPath = file === null ? null : add("logo", file.bytes, file.type);
  return {
    stylesheet,
    logo: () => logoPath ?? settings.logoUrl,
    imageSources: () =>
      [
        logoPath === null ? settings.logoUrl : null,
        settings.backgroundLightUrl,
        settings.backgroundDarkUrl,
      ]
        .filter((href) => href !== null)
        .map((href) => ` ${new URL(href).origin}`)
        .join(""),
    serve(path) {
      const found = files.get(path);
      if (found === undefined) return null;
      return new Response(found.body, {
        headers: {
          "Content-Type": found.type,
          "Cache-Control": "public, max-age=31536000, immutable",
          // A picture may hold scripts; opened by itself it runs none.
          "Content-Security-Policy": "default-src 'none'; sandbox",
          "Cross-Origin-Resource-Policy": "same-origin",
          "X-Content-Type-Options": "nosniff",
        },
      });
    },
  };
}

function styleOf(settings: BrandSettings): string {
  const light: string[] = [];
  const dark: string[] = [];
  const { primaryColor, primaryColorDark } = settings;
  if (primaryColor !== null) {
    light.push(...accentOf(parseColour(primaryColor)!));
  }
  const forDark = primaryColorDark ?? primaryColor;
  if (forDark !== null) {
    const colour = toReadable(parseColour(forDark)!, DARK_PAPERS, MIN_CONTRAST);
    dark.push(...accentOf(colour));
  }
  for (const [name, text] of [
    ["bad", settings.errorColor],
    ["warn", settings.warningColor],
    ["info", settings.infoColor],
    ["good", settings.successColor],
  ] as const) {
    if (text === null) continue;
    const colour = parseColour(text)!;
    light.push(...toneOf(name, colour, LIGHT_PAPERS));
    dark.push(...toneOf(name, colour, DARK_PAPERS));
  }
  const pictures = [
    pictureRule(settings.backgroundLightUrl),
    inDark(pictureRule(settings.backgroundDarkUrl)),
  ];
  const root = (lines: string[]) =>
    lines.length === 0 ? "" : `:root{${lines.join(";")}}\n`;
  return [root(light), inDark(root(dark)), ...pictures].join("");
}

function inDark(rules: string): string {
  return rules === "" ? "" : `@media(prefers-color-scheme:dark){${rules}}\n`;
}

function accentOf(colour: Colour): string[] {
  const isWhiteBetter = contrastOf(colour, WHITE) >= contrastOf(colour, BLACK);
  return [
    `--accent:${formatColour(colour)}`,
    `--focus:${formatColour(colour)}`,
    `--on-accent:${formatColour(isWhiteBetter ? WHITE : BLACK)}`,
  ];
}

/** A colour of words, and the soft paper that they stand on. */
function toneOf(
  name: string,
  colour: Colour,
  papers: readonly Colour[],
): string[] {
  const soft = mixColours(colour, papers[0]!, SOFT);
  const ink = toReadable(colour, [...papers, soft], MIN_CONTRAST);
  return [
    `--${name}:${formatColour(ink)}`,
    `--${name}-soft:${formatColour(soft)}`,
  ];
}

function pictureRule(href: string | null): string {
  if (href === null) return "";
  // A quote or a bracket in it would end the rule; a URL is as good without.
  const safe = new URL(href).href.replace(
    /["'()\\<>]/g,
    (char) => `%${char.charCodeAt(0).toString(16)}`,
  );
  return `body.narrow{background:var(--paper) url("${safe}") center/cover fixed}.narrow>:is(header,footer){background:var(--card);padding:.5rem 1rem;border-radius:var(--radius)}\n`;
}

/**
 * What is wrong with a colour for the accent: a sentence that names a better
 * one, or null.
 */
export function findAccentFault(
  text: string,
  scheme: "light" | "dark",
): string | null {
  const colour = parseColour(text)!;
  const papers = scheme === "light" ? LIGHT_PAPERS : DARK_PAPERS;
  const [worst] = papers
    .map((paper) => contrastOf(colour, paper))
    .toSorted((a, b) => a - b) as [number];
  if (worst >= MIN_CONTRAST) return null;
  const better = formatColour(toReadable(colour, papers, MIN_CONTRAST));
  return `${text} can't be read on ${scheme} paper (contrast ${worst.toFixed(1)}, ${MIN_CONTRAST} is needed); ${better} is the nearest that can`;
}
