import { wholeResponse } from "#edge/http/whole-body.ts";
import newKey from "./assets/new-key.client.js" with { type: "text" };
import live from "./assets/live.client.js" with { type: "text" };
import passkey from "./assets/passkey.client.js" with { type: "text" };
import reload from "./assets/reload.client.js" with { type: "text" };
import consent from "./assets/consent.client.js" with { type: "text" };
import icon from "./assets/icon.svg" with { type: "text" };
import picture from "./assets/picture.client.js" with { type: "text" };
import puzzle from "./assets/puzzle.client.js" with { type: "text" };
import signUp from "./assets/sign-up.client.js" with { type: "text" };
import style from "./assets/style.css" with { type: "text" };

/** What pages load: few small files of our own, named by what is in them. */

interface Asset {
  body: string;
  type: string;
}

const JAVASCRIPT = "text/javascript; charset=utf-8";
const CSS = "text/css; charset=utf-8";

/** The one table of assets; a script is a file `NAME.client.js` beside the style. */
const ASSETS = {
  "consent.client.js": { body: consent, type: JAVASCRIPT },
  "icon.svg": { body: icon, type: "image/svg+xml" },
  "new-key.client.js": { body: newKey, type: JAVASCRIPT },
  "live.client.js": { body: live, type: JAVASCRIPT },
  "passkey.client.js": { body: passkey, type: JAVASCRIPT },
  "picture.client.js": { body: picture, type: JAVASCRIPT },
  "puzzle.client.js": { body: puzzle, type: JAVASCRIPT },
  "sign-up.client.js": { body: signUp, type: JAVASCRIPT },
  "reload.client.js": { body: reload, type: JAVASCRIPT },
  "style.css": { body: style, type: CSS },
} as const satisfies Record<string, Asset>;

export type AssetName = keyof typeof ASSETS;

/** Scripts and styles are taken from this folder alone, never from a blob of the same host. */
export const ASSET_FOLDER = "/assets/";

const PATHS = new Map<string, string>();
const BY_PATH = new Map<string, Asset>();
for (const [name, asset] of Object.entries<Asset>(ASSETS)) {
  const hash = new Bun.CryptoHasher("sha256").update(asset.body).digest("hex");
  const path = `${ASSET_FOLDER}${hash.slice(0, 12)}-${name}`;
  PATHS.set(name, path);
  BY_PATH.set(path, asset);
}

/** Where a page finds an asset. It changes with the content, so it may be kept for ever. */
export function assetPath(name: AssetName): string {
  return PATHS.get(name)!;
}

/** null for a path that leads to none. */
export function serveAsset(path: string): Response | null {
  const asset = BY_PATH.get(path);
  if (asset === undefined) return null;
  return wholeResponse(asset.body, {
    headers: {
      "Content-Type": asset.type,
      "Cache-Control": "public, max-age=31536000, immutable",
      "Cross-Origin-Resource-Policy": "same-origin",
      "X-Content-Type-Options": "nosniff",
    },
  });
}

const HOST = /^[a-z0-9.-]+(:\d{1,5})?$|^\[[0-9a-f:]+\](:\d{1,5})?$/;

/**
 * The folder of assets as a content security policy names it: at the server's
 * own address, and at the one that the browser used if it was another.
 * @param host The Host header.
 */
export function assetSources(origin: string, host: string | null): string {
  const name = host?.toLowerCase() ?? "";
  const isOther = HOST.test(name) && name !== new URL(origin).host;
  const own = `${origin}${ASSET_FOLDER}`;
  return isOther ? `${own} ${name}${ASSET_FOLDER}` : own;
}
