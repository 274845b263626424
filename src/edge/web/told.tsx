import type { Finding } from "#contexts/checks/findings.ts";
import { type Sentences, sayTold, type Told } from "#lib/told.ts";
import { nameIn, type Text } from "#edge/web/text/catalogue.ts";

/** A sentence in the language of the page. What another program said of it is English, whatever it is. */
export function ToldWords<S extends Sentences>({
  sentences,
  told,
}: {
  sentences: S;
  told: Told<S>;
}) {
  return <WithDetail said={sayTold(sentences, told)} detail={told.detail} />;
}

/** What a check found. */
export function FindingWords({
  text,
  finding,
}: {
  text: Text;
  finding: Finding;
}) {
  const words = text.findings;
  const { row, detail } = finding;
  const said = sayTold(words.kinds, withNames(text, finding));
  return (
    <WithDetail
      said={row === undefined ? said : words.inRow(row.seq, row.did, said)}
      {...{ detail }}
    />
  );
}

/** States of accounts are called what every page calls them. */
function withNames({ account }: Text, finding: Finding): Finding {
  if (finding.kind !== "listedAs") return finding;
  const { statuses } = account.overview;
  const values = finding.values?.map((one) => nameIn(statuses, String(one)));
  return { ...finding, values };
}

function WithDetail({ said, detail }: { said: string; detail?: string }) {
  if (detail === undefined) return <>{said}</>;
  return (
    <>
      {said} (<span lang="en">{detail}</span>)
    </>
  );
}
