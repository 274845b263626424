import type { CheckupState } from "#contexts/checks/checkup.ts";
import type { RepoVerification } from "#contexts/checks/verify.ts";
import { Act, Facts, Moment } from "#edge/web/parts.tsx";
import type { Text } from "#edge/web/text/catalogue.ts";
import { FindingWords } from "#edge/web/told.tsx";
import { isGoing, JobCard } from "./job.tsx";
import { accountRoom, type OwnerShown } from "./room.tsx";

export const CHECKUP = "/account/checkup";

/** Whether all that is kept of the account is whole. */
export function checkupPage(
  shown: OwnerShown,
  checkup: CheckupState | null,
): Response {
  const { text } = shown;
  const words = text.account.checkup;
  const goesOn = checkup !== null && isGoing(checkup);
  return accountRoom(
    shown,
    { title: words.title, scripts: goesOn ? ["reload.client.js"] : [] },
    <>
      <section class="card">
        <p>{words.hint}</p>
        <ul>
          {words.what.map((sentence) => (
            <li>{sentence}</li>
          ))}
        </ul>
        {!goesOn && (
          <p class="actions">
            <Act action={`${CHECKUP}/start`} look="">
              {checkup === null ? words.start : words.again}
            </Act>
          </p>
        )}
      </section>
      {checkup !== null && (
        <JobCard
          text={text}
          id="checkup"
          title={words.last}
          job={checkup}
          path={CHECKUP}
          stop={`${CHECKUP}/stop`}
        >
          {checkup.finishedAtMs !== null && (
            <p class="quiet">
              {words.ended} <Moment atMs={checkup.finishedAtMs} />
            </p>
          )}
          {!goesOn && checkup.report !== null && (
            <Report
              {...{ text, report: checkup.report }}
              mediaHref="/account/media?show=missing"
            />
          )}
        </JobCard>
      )}
    </>,
  );
}

export function Report({
  text,
  report,
  mediaHref,
}: {
  text: Text;
  report: RepoVerification;
  /** Where the missing files are listed; null where that is nowhere. */
  mediaHref: string | null;
}) {
  const words = text.account.checkup;
  const { records, blocks, blobs, missingBlobs, problems } = report;
  const count = (n: number) => n.toLocaleString(text.lang);
  return (
    <>
      {problems.length === 0 ? (
        <p class="notice">{words.good}</p>
      ) : (
        <div class="alert">
          <p>{words.bad}</p>
          <ul>
            {problems.map((finding) => (
              <li>
                <FindingWords {...{ text, finding }} />
              </li>
            ))}
          </ul>
        </div>
      )}
      {problems.length > 0 && mediaHref !== null && <p>{words.next}</p>}
      <Facts
        rows={[
          [words.records, count(records)],
          [words.blocks, count(blocks)],
          [words.files, count(blobs)],
          [
            words.missing,
            missingBlobs === 0 || mediaHref === null ? (
              count(missingBlobs)
            ) : (
              <a href={mediaHref}>{count(missingBlobs)}</a>
            ),
          ],
        ]}
      />
    </>
  );
}
