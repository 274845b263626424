import { OAuthRefusal } from "#contexts/oauth/refusal.ts";
import type { Fault } from "#edge/web/notice.tsx";
import { findRefusalWords, isOutage } from "#edge/web/refusal-words.ts";
import type { Text } from "#edge/web/text/catalogue.ts";
import { findRefusal } from "#edge/xrpc/errors.ts";

type Words = Text["error"];

/** What a person is told of something that was thrown; null for a fault of our own. */
export function faultOf(text: Text, error: unknown): Fault | null {
  const words = text.error;
  if (error instanceof OAuthRefusal) return refusalOf(words, error);
  const refusal = findRefusal(error);
  if (refusal === null) return null;
  const { status, message, headers } = refusal;
  if (status >= 500 && !isOutage(refusal)) return null;
  if (status === 429) {
    const minutes = Math.ceil(Number(headers["Retry-After"] ?? 60) / 60);
    return { status, sentence: words.limited, next: words.wait(minutes) };
  }
  const sentence = findRefusalWords(text, refusal);
  const { refused, goBack } = words;
  if (sentence === null) {
    return { status, sentence: refused, next: goBack, detail: message };
  }
  // Whoever is told of an outage typed nothing wrong, nor who may not at all.
  const isTyped = status < 500 && refusal.error !== "AccountTakedown";
  return { status, sentence, next: isTyped ? goBack : null };
}

function refusalOf(words: Words, refusal: OAuthRefusal): Fault {
  const { status, error, message, clientId, uri } = refusal;
  const [sentence, next] = tell(words, error);
  const detail = SAID_WHOLE.has(error) || message === "" ? null : message;
  // No more of it than a host, for whoever made the link wrote it.
  const client = clientId === null ? null : URL.parse(clientId)?.host || null;
  return { status, sentence, next, detail, client, more: uri };
}

/** Our own; what stands behind them is the same once more, in English. */
const SAID_WHOLE = new Set([
  ...["cookies_missing", "cross_site", "embedded", "not_begun"],
  "request_ended",
]);

/** What happened, and what to do. Faults of an application name the rule in `detail`. */
function tell(words: Words, error: string): [sentence: string, next: string] {
  switch (error) {
    case "cookies_missing":
      return [words.cookies, words.cookiesNext];
    case "cross_site":
      return [words.crossSite, words.crossSiteNext];
    case "embedded":
      return [words.embedded, words.embeddedNext];
    case "not_begun":
      return [words.notBegun, words.back];
    case "not_pushed":
      return [words.notPushed, words.clientNext];
    case "invalid_client":
    case "invalid_client_id":
    case "invalid_client_metadata":
    case "unauthorized_client":
      return [words.badClient, words.clientNext];
    case "invalid_redirect_uri":
      return [words.badRedirect, words.clientNext];
    case "invalid_scope":
      return [words.badScope, words.clientNext];
    default:
      return [words.ended, words.back];
  }
}
