import * as atproto from "@atproto/api";

/** What the tests use inside the page. */
declare global {
  var atproto: typeof import("@atproto/api");
}

globalThis.atproto = atproto;
