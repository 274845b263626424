import { bytesInWords } from "#lib/languages.ts";
import type { Child } from "hono/jsx";
import type {
  AccountReport,
  AccountWarning,
  HandleReport,
  RelayReport,
} from "#contexts/checks/own-account.ts";
import {
  Act,
  Facts,
  Moment,
  State,
  Table,
  type Tone,
} from "#edge/web/parts.tsx";
import type { Text } from "#edge/web/text/catalogue.ts";
import { accountRoom, type OwnerShown } from "./room.tsx";

/** The first page of an account: who it is and how it is. */
export function overviewPage(
  shown: OwnerShown,
  report: AccountReport & { isListed: boolean },
): Response {
  const { text, owner } = shown;
  const words = text.account.overview;
  const tone = report.status === "active" ? "good" : "warn";
  return accountRoom(
    shown,
    { title: words.title },
    <>
      {report.warnings.map((warning) => (
        <Warning text={text} warning={warning} />
      ))}
      {report.warnings.length === 0 && <p class="notice">{words.allIsWell}</p>}
      <section class="card">
        <h2>{words.identity}</h2>
        <Facts
          rows={[
            [words.handle, <HandleState text={text} report={report.handle} />],
            [words.did, <code>{owner.did}</code>],
            [
              words.status,
              <State tone={tone}>{words.statuses[report.status]}</State>,
            ],
            [words.email, <EmailState text={text} report={report} />],
            [words.since, <Moment atMs={report.createdAtMs} />],
            [
              words.listing.title,
              <Listing text={text} isListed={report.isListed} />,
            ],
          ]}
        />
      </section>
      <Storage text={text} report={report} />
      <section class="card">
        <h2>{words.relays}</h2>
        <p class="quiet">{words.relaysHint}</p>
        {report.head !== null && (
          <p>
            {words.lastCommit} <Moment atMs={report.head.atMs} />
          </p>
        )}
        {report.relays.length === 0 ? (
          <p>{words.noRelays}</p>
        ) : (
          <Relays text={text} relays={report.relays} />
        )}
        <p>
          <a href="/account?check=now">{words.checkAgain}</a>
        </p>
      </section>
    </>,
  );
}

function Warning({
  text,
  warning,
}: {
  text: Text;
  warning: AccountWarning;
}): Child {
  const { warnings, fixes } = text.account.overview;
  const [sentence, fix]: [Child, Child] = (() => {
    switch (warning.kind) {
      case "takendown":
        return [
          warnings.takendown,
          <a href="/account/data">{fixes.takendown}</a>,
        ];
      case "deactivated":
        return [
          <>
            {warnings.deactivated}
            {warning.deleteAfterMs !== null && (
              <>
                {" "}
                {warnings.deleteAfter} <Moment atMs={warning.deleteAfterMs} />.
              </>
            )}
          </>,
          <Act action="/account/activate">{fixes.activate}</Act>,
        ];
      case "identity":
        return [
          warnings.identity(warning.part, warning.found, warning.expected),
          <a href="/account/identity">{fixes.identity}</a>,
        ];
      case "handle":
        return [warnings.handle, <a href="/account/profile">{fixes.handle}</a>];
      case "relay":
        return [
          warnings.relay[warning.reason](new URL(warning.url).host),
          <Act action="/account/announce">{fixes.announce}</Act>,
        ];
      case "missing-blobs":
        return [
          warnings.missingBlobs,
          <a href="/account/media?show=missing">{fixes.missingBlobs}</a>,
        ];
      case "no-email":
        return [warnings.noEmail, <a href="/account/email">{fixes.noEmail}</a>];
      case "email-unconfirmed":
        return [
          warnings.unconfirmed,
          <Act action="/account/email/send">{fixes.confirm}</Act>,
        ];
    }
  })();
  return (
    <div class="alert mild">
      <div>{sentence}</div>
      <div class="fix">{fix}</div>
    </div>
  );
}

function HandleState({ text, report }: { text: Text; report: HandleReport }) {
  const words = text.account.overview.handleStates;
  return (
    <>
      {`@${report.handle} `}
      <State tone={report.isGood ? "good" : "bad"}>
        {report.isGood ? words.good : words.bad}
      </State>
      <HandleWays text={text} report={report} />
    </>
  );
}

/** What was found in each direction. */
export function HandleWays({
  text,
  report: { forward, backward },
}: {
  text: Text;
  report: HandleReport;
}) {
  const words = text.account.overview.handleStates;
  const back =
    backward.kind === "other"
      ? words.backward.other(backward.handle)
      : words.backward[backward.kind];
  const forth =
    forward.kind === "other"
      ? words.forward.other(forward.did)
      : words.forward[forward.kind];
  return (
    <ul class="plain quiet">
      <li>{forth}</li>
      <li>{back}</li>
    </ul>
  );
}

function EmailState({ text, report }: { text: Text; report: AccountReport }) {
  const words = text.account.overview;
  if (report.email === null) return <>{words.noEmail}</>;
  return (
    <>
      {`${report.email} `}
      <State tone={report.isEmailConfirmed ? "good" : "warn"}>
        {report.isEmailConfirmed ? words.confirmed : words.unconfirmed}
      </State>
    </>
  );
}

/** Whether the first page of the server names the account. */
function Listing({ text, isListed }: { text: Text; isListed: boolean }) {
  const words = text.account.overview.listing;
  return (
    <>
      {`${isListed ? words.shown : words.notShown} `}
      <Act action="/account/listing" fields={{ show: isListed ? "no" : "yes" }}>
        {isListed ? words.hide : words.show}
      </Act>
    </>
  );
}

function Storage({ text, report }: { text: Text; report: AccountReport }) {
  const words = text.account.overview;
  return (
    <div class="cards">
      <a class="card" href="/account/repo">
        <h2>{words.records}</h2>
        <p class="figure">{report.records.toLocaleString(text.lang)}</p>
        <p class="quiet">
          {words.onDisk(bytesInWords(report.repoBytes, text.lang))}
        </p>
      </a>
      <a class="card" href="/account/media">
        <h2>{words.media}</h2>
        <p class="figure">{report.blobs.toLocaleString(text.lang)}</p>
        <p class="quiet">
          {words.onDisk(bytesInWords(report.blobBytes, text.lang))}
        </p>
      </a>
    </div>
  );
}

const TONES: Readonly<Record<RelayReport["kind"], Tone>> = {
  current: "good",
  "catching-up": "good",
  behind: "bad",
  known: "good",
  inactive: "warn",
  unknown: "warn",
  unsupported: "plain",
  unreachable: "plain",
};

function Relays({
  text,
  relays,
}: {
  text: Text;
  relays: readonly RelayReport[];
}) {
  const words = text.account.overview;
  return (
    <Table
      text={text}
      caption={words.relaysCaption}
      columns={[
        { label: words.relay, cell: ({ url }) => new URL(url).host },
        {
          label: words.relayState,
          cell: ({ kind, detail }) => (
            <>
              <State tone={TONES[kind]}>{words.relayStates[kind]}</State>
              {detail !== null && <span lang="en">{` ${detail}`}</span>}
            </>
          ),
        },
        {
          label: words.seen,
          cell: ({ seenMs }) =>
            seenMs === null ? words.notSaid : <Moment atMs={seenMs} />,
        },
      ]}
      rows={relays}
    />
  );
}
