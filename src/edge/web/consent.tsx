import type { AuthorizationStep } from "#contexts/oauth/view.ts";
import { describeAsked, nameOf, type AskedWords } from "./permission-words.ts";
import { renderPage } from "./shell.tsx";
import {
  authorizeUrl,
  nameOfActor,
  RequestFields,
  type Shown,
} from "./sign-in.tsx";

type Consent = Extract<AuthorizationStep, { step: "consent" }>;

/** What is asked by the names of records and methods. */
const NAMED = new Set(["repo", "rpc", "set"]);

/** Says what an application asks for, and takes the answer. */
export function consentPage(
  shown: Shown,
  { request, account, asked, canChoose }: Consent,
): Response {
  const { text } = shown;
  const words = text.consent;
  const app = nameOf(text, request.client);
  const items = asked.map((one) => describeAsked(text, one));
  const hasNames = asked.some(({ kind }) => NAMED.has(kind));
  return renderPage(
    {
      ...shown,
      title: words.title(app),
      formTarget: request.redirectUri,
      scripts: ["consent.client.js"],
    },
    <>
      <h1>{words.title(app)}</h1>
      <p>
        {account.actor === undefined ? words.as : words.actingFor}{" "}
        <strong>{`@${account.handle}`}</strong>
        {account.actor && ` ${words.actingAs(nameOfActor(account.actor))}`}
        {canChoose && (
          <>
            {" · "}
            <a href={authorizeUrl(request, { as: "other" })}>{words.change}</a>
          </>
        )}
      </p>
      {request.client.host !== null && (
        <p class="quiet">{words.unchecked(app)}</p>
      )}
      <form method="post" action="/oauth/authorize/consent" data-consent="">
        <RequestFields request={request} />
        <input type="hidden" name="account" value={account.did} />
        {items.length === 0 ? (
          <p>{words.nothing}</p>
        ) : (
          <>
            <p>{words.intro}</p>
            <ul class="asked">
              {items.map((item) => (
                <AskedItem item={item} />
              ))}
            </ul>
            {hasNames && (
              <details class="quiet">
                <summary>{words.namesTitle}</summary>
                <p>{words.names}</p>
              </details>
            )}
            <p class="quiet">{words.always}</p>
          </>
        )}
        <p class="quiet">{words.cannot}</p>
        <div class="row">
          <button class="plain" type="submit" name="decision" value="deny">
            {words.deny}
          </button>
          <button type="submit" name="decision" value="allow">
            {words.allow}
          </button>
        </div>
      </form>
      <dl>
        {request.client.host !== null && (
          <div>
            <dt>{words.from}</dt>
            <dd>{request.client.id}</dd>
          </div>
        )}
        <div>
          <dt>{words.goesTo}</dt>
          <dd>{placeOf(request.redirectUri)}</dd>
        </div>
      </dl>
    </>,
  );
}

function AskedItem({ item }: { item: AskedWords }) {
  return (
    <li>
      <label class="tick">
        <input type="checkbox" name="scope" value={item.scope} checked />
        <span>
          {item.sentence}
          {item.title !== null && <strong>{` “${item.title}”`}</strong>}
          {item.parts.length > 0 && (
            <ul>
              {item.parts.map((part) => (
                <li>{part}</li>
              ))}
            </ul>
          )}
        </span>
      </label>
    </li>
  );
}

function placeOf(href: string): string {
  const url = URL.parse(href);
  if (url === null) return href;
  return url.origin === "null" ? url.protocol : url.origin;
}
