/**
 * What browsers say of where a request comes from. Old ones say nothing, which
 * is let pass where nothing changes.
 * @see https://www.w3.org/TR/fetch-metadata/
 */

/** True for a page that is opened by itself, not inside another or by a script. */
export function isNavigation({ headers }: Request): boolean {
  const mode = headers.get("sec-fetch-mode") ?? "navigate";
  const destination = headers.get("sec-fetch-dest") ?? "document";
  return mode === "navigate" && destination === "document";
}

/** True for a form of our own page. Somebody else's would carry another origin, or none. */
export function isOwnForm({ headers }: Request, origin: string): boolean {
  const site = headers.get("sec-fetch-site") ?? "same-origin";
  return headers.get("origin") === origin && site === "same-origin";
}

/** True for a page that one of our own led to; whoever says nothing is let pass. */
export function isFromOwnPage({ headers }: Request, origin: string): boolean {
  const site = headers.get("sec-fetch-site") ?? "same-origin";
  const referer = headers.get("referer");
  const isOurs = referer === null || URL.parse(referer)?.origin === origin;
  return site === "same-origin" && isOurs;
}
