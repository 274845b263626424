import { seeOther } from "#edge/http/pages.ts";
import { Facts, Field, hrefWith, State } from "#edge/web/parts.tsx";
import { toldFault } from "#edge/web/refusal-words.ts";
import { ActTable } from "./audit.tsx";
import { adminRoom, confirmPage, type Handler, type Visit } from "./page.tsx";

const PATH = "/admin/moderation";

const REPO = "com.atproto.admin.defs#repoRef";
const BLOB = "com.atproto.admin.defs#repoBlobRef";
const RECORD = "com.atproto.repo.strongRef";

type Asked = Record<"did" | "uri" | "blob", string>;

interface Status {
  subject: Record<string, string>;
  takedown: { applied: boolean; ref?: string };
}

const askedOf = (read: (name: string) => string): Asked => ({
  ...{ did: read("did").trim(), uri: read("uri").trim() },
  blob: read("blob").trim(),
});

/** Look for an account, a record or a blob, and take it out of sight or bring it back. */
export const showModeration: Handler = (visit) =>
  moderationPage(visit, askedOf(visit.query), null);

async function moderationPage(
  visit: Visit,
  asked: Asked,
  fault: string | null,
): Promise<Response> {
  const { contexts, words, settings } = visit;
  const own = words.moderation;
  const isAsked = Object.values(asked).some((part) => part !== "");
  const found = isAsked && fault === null ? await find(visit, asked) : null;
  const acts = contexts.console.accounts
    .listActs(null)
    .filter(({ action }) => action === "updateSubjectStatus");
  return adminRoom(
    visit,
    {
      title: own.title,
      fault: found !== null && "fault" in found ? found.fault : fault,
    },
    <>
      <p>
        {own.intro}{" "}
        {settings.modService === null
          ? own.noService
          : own.service(settings.modService.did)}
      </p>
      <section class="card">
        <h2>{own.find}</h2>
        <form method="get" action={PATH}>
          <Field
            label={own.record}
            name="uri"
            value={asked.uri}
            hint={own.recordHint}
          />
          <Field
            label={own.account}
            name="did"
            value={asked.did}
            hint={own.accountHint}
          />
          <Field
            label={own.blob}
            name="blob"
            value={asked.blob}
            hint={own.blobHint}
          />
          <button type="submit">{own.look}</button>
        </form>
      </section>
      {found !== null && "status" in found && (
        <Found visit={visit} asked={asked} status={found.status} />
      )}
      <section class="card">
        <h2>{own.latest}</h2>
        <ActTable visit={visit} acts={acts} caption={own.latestHint} />
      </section>
    </>,
  );
}

async function find(
  visit: Visit,
  { did, uri, blob }: Asked,
): Promise<{ status: Status } | { fault: string }> {
  try {
    const status = await visit.contexts.admin.getSubjectStatus({
      ...(did !== "" && { did }),
      ...(uri !== "" && { uri }),
      ...(blob !== "" && { blob }),
    });
    return { status: status as Status };
  } catch (error) {
    return { fault: toldFault(visit.text, error) };
  }
}

function Found({
  visit,
  asked,
  status,
}: {
  visit: Visit;
  asked: Asked;
  status: Status;
}) {
  const own = visit.words.moderation;
  const { applied, ref } = status.takedown;
  const { did, uri, cid } = status.subject;
  return (
    <section class="card">
      <h2>{own.found}</h2>
      <Facts
        rows={[
          [own.record, uri === undefined ? null : <code>{uri}</code>],
          [
            own.account,
            did === undefined ? null : (
              <a href={`/admin/accounts/${did}`}>{did}</a>
            ),
          ],
          [own.cid, cid === undefined ? null : <code>{cid}</code>],
          [
            own.state,
            <State tone={applied ? "bad" : "good"}>
              {applied ? own.hidden : own.visible}
            </State>,
          ],
          [own.ref, ref ?? null],
        ]}
      />
      <div class="actions">
        <a
          class={`button small plain${applied ? "" : " danger"}`}
          href={hrefWith(`${PATH}/act`, {
            ...asked,
            applied: applied ? "" : "yes",
          })}
        >
          {applied ? own.restore : own.takeDown}
        </a>
      </div>
    </section>
  );
}

export const showJudge: Handler = (visit) => {
  const own = visit.words.moderation;
  const asked = askedOf(visit.query);
  // Without a subject, or with half of one, the form asks for it.
  if (asked.uri === "" && asked.did === "") {
    return seeOther(hrefWith(PATH, asked));
  }
  const applied = visit.query("applied");
  const what = asked.uri || asked.blob || asked.did;
  return confirmPage(visit, {
    title: applied === "yes" ? own.takeDown : own.restore,
    consequences: [what, applied === "yes" ? own.hides : own.shows],
    action: `${PATH}/act`,
    fields: { ...asked, applied },
    back: hrefWith(PATH, asked),
    isGrave: applied === "yes",
    extra:
      applied === "yes" ? (
        <Field label={own.ref} name="ref" hint={own.refHint} />
      ) : undefined,
  });
};

export const doJudge: Handler = async (visit) => {
  const { contexts, form, caller } = visit;
  const asked = askedOf((name) => form.get(name) ?? "");
  const found = await find(visit, asked);
  if ("fault" in found) return moderationPage(visit, asked, found.fault);
  const { did, uri, cid } = found.status.subject;
  const subject =
    uri !== undefined
      ? { $type: RECORD, uri, cid }
      : cid !== undefined
        ? { $type: BLOB, did, cid }
        : { $type: REPO, did };
  const ref = form.get("ref")?.trim();
  const applied = form.get("applied") === "yes";
  await contexts.admin.updateSubjectStatus(
    { subject, takedown: { applied, ...(ref ? { ref } : {}) } },
    caller,
  );
  return seeOther(hrefWith(PATH, { ...asked, done: "judged" }));
};
