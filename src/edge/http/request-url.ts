/**
 * Parts of a request's URL. Its host is the client's word and may be nonsense
 * or missing, which `new URL` would throw at, and a fault of input must not
 * become one of the server.
 */

/** The path, as it was sent. */
export function pathOf(url: string): string {
  const start = url.startsWith("/") ? 0 : url.indexOf("/", "https://".length);
  const mark = url.indexOf("?");
  if (start < 0 || (mark >= 0 && mark < start)) return "/";
  return url.slice(start, mark < 0 ? undefined : mark);
}

/** What stands after the question mark. */
export function queryOf(url: string): string {
  const mark = url.indexOf("?");
  return mark < 0 ? "" : url.slice(mark + 1);
}

/** Path and query, which lead here again. */
export function placeOf(url: string): string {
  const query = queryOf(url);
  return query === "" ? pathOf(url) : `${pathOf(url)}?${query}`;
}
