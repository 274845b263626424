import type { Router } from "hono/router";
import { RegExpRouter } from "hono/router/reg-exp-router";
import { SmartRouter } from "hono/router/smart-router";
import { TrieRouter } from "hono/router/trie-router";

const XRPC = "/xrpc/";
/** As Hono reads `/xrpc/*`: it means the folder too. */
const isCall = (path: string) => path.startsWith(XRPC) || path === "/xrpc";
/** The path of what stands before every handler. */
const EVERY_PATH = "*";

/**
 * Finds handlers of calls by one look-up of one expression. Left to itself
 * Hono walks a tree for every request as soon as any path has a name
 * (`/api/:nsid`) where another has a word (`/api/openapi.json`), as pages
 * have: that cost each call as much as a look-up in a database.
 */
export function createRouter<T>(): Router<T> {
  const calls = new RegExpRouter<T>();
  const others = new SmartRouter<T>({
    routers: [new RegExpRouter<T>(), new TrieRouter<T>()],
  });
  return {
    name: "calls apart",
    add(method, path, handler) {
      const isForCalls = path.startsWith(XRPC);
      if (isForCalls || path === EVERY_PATH || path === `/${EVERY_PATH}`) {
        calls.add(method, path, handler);
      }
      if (!isForCalls) others.add(method, path, handler);
    },
    match: (method, path) =>
      (isCall(path) ? calls : others).match(method, path),
  };
}
