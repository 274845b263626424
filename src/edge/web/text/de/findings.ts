import type { Place } from "#contexts/checks/findings.ts";
import type { Text } from "#edge/web/text/en.ts";

const at = ({ rev, seq, generation }: Place) =>
  `${rev} (Zeile ${seq}, Generation ${generation})`;

export const findings: Text["findings"] = {
  inRow: (seq, did, said) => `Zeile ${seq} des Protokolls, ${did}: ${said}`,
  kinds: {
    noFile: () => "Die Datei des Repositorys fehlt",
    noHead: () => "Das Repository hat keinen letzten Commit",
    unreadable: () => "Es ist nicht zu lesen",
    noCommit: () => "Der Block des Commits fehlt",
    commitOf: (did) => `Der Commit gehört ${did}`,
    commitRev: (commit, head) =>
      `Der Commit ist von Revision ${commit}, vermerkt ist ${head}`,
    commitTree: () => "Der Baum des Commits ist ein anderer als der vermerkte",
    signature: () =>
      "Der Commit ist mit keinem der Schlüssel des Kontos unterschrieben",
    recordIndex: (path) =>
      `Verzeichnis und Baum widersprechen sich bei ${path}`,
    blockBytes: (cid) => `Block ${cid} hat andere Bytes`,
    unnamedBlob: (cid) =>
      `Das Verzeichnis nennt die Datei ${cid}, aber kein Eintrag nennt sie`,
    unindexedBlob: (cid) =>
      `Ein Eintrag nennt die Datei ${cid}, das Verzeichnis nicht`,
    blockCount: (stored, reachable) =>
      `${stored} Blöcke sind gespeichert, erreichbar sind ${reachable}`,
    recordCount: (index, tree) =>
      `Das Verzeichnis hat ${index} Einträge, der Baum ${tree}`,
    elsewhere: (log, repo) =>
      `Das Protokoll steht bei ${at(log)}, das Repository bei ${at(repo)}`,
    behind: () => "Ihm fehlen Zeilen seines Protokolls",
    unlisted: () => "Es fehlt in der Liste der Repositorys",
    listedAt: (rev, head) =>
      `Die Liste der Repositorys hat es bei ${rev ?? "keiner Revision"}, es steht bei ${head ?? "keiner"}`,
    listedAs: (said, status) =>
      `Die Liste der Repositorys hat es als „${said}“, das Konto ist „${status}“`,
    collectionCount: (collection, said, found) =>
      `Die Liste der Sammlungen nennt ${said} Einträge in ${collection}, das Repository hat ${found}`,
    stranger: (did) =>
      `Die Liste der Repositorys hat ${did}, und das ist kein Konto`,
    noAccount: (did) => `Es gibt kein Konto ${did}`,
    blobFile: (cid) => `Die Datei ${cid} ist nicht da`,
    blobSize: (cid, found, said) =>
      `Die Datei ${cid} hat ${found} Bytes, nicht ${said}`,
    blobBytes: (cid) => `Die Datei ${cid} hat andere Bytes`,
    seqFalls: (last) => `Sie folgt auf ${last}`,
    redoRev: (rev) => `Was sie anwendet, ist von Revision ${rev}`,
    frameSeq: (seq) => `Die Nachricht nennt die Nummer ${seq}`,
    frameOf: (did) => `Die Nachricht ist von ${did}`,
    noRedo: () => "Ein Commit, zu dem nichts anzuwenden ist",
    redoCommit: () => "Was angewendet wird, ist ein anderer Commit",
    redoOps: () =>
      "Was angewendet wird, ändert andere Einträge als die Nachricht sagt",
    inactiveCommit: () => "Ein Commit eines Kontos, das nicht aktiv ist",
    inactiveSync: () =>
      "Ein Abgleich (#sync) eines Kontos, das nicht aktiv ist",
    inverts: (cid) => `Die Änderungen führen zurück zu ${cid}`,
    since: (since, before) =>
      `Genannt ist als Revision davor ${since ?? "keine"}, sie war ${before}`,
    prevData: () => "Der genannte Baum davor ist ein anderer",
    revStays: (rev) => `Die Revision ${rev} ist nicht höher als die davor`,
    syncRev: (rev, before) => `Die Revision ${rev} kommt nach ${before}`,
    syncTree: () =>
      "Der Abgleich (#sync) zeigt einen anderen Baum als der Commit derselben Revision",
    signedRev: (rev) => `Die unterschriebene Revision ist ${rev}`,
    signedOf: (did) => `Der unterschriebene Commit ist von ${did}`,
    more: (count) => `und ${count} weitere`,
  },
};

export const misfits: Text["misfits"] = {
  fieldMissing: (at, name) => `${at}: Das Feld „${name}“ fehlt`,
  noTypedObject: (at) => `${at} muss ein Objekt mit dem Feld „$type“ sein`,
  typeNotAmong: (at, types) => `${at}: $type muss eines von ${types} sein`,
  notAmong: (at, values) => `${at} muss eines von (${values}) sein`,
  notBlob: (at) => `${at} muss auf eine Datei verweisen`,
  notArray: (at) => `${at} muss eine Liste sein`,
  notObject: (at) => `${at} muss ein Objekt sein`,
  notBoolean: (at) => `${at} muss wahr oder falsch sein`,
  notInteger: (at) => `${at} muss eine ganze Zahl sein`,
  notString: (at) => `${at} muss ein Text sein`,
  notBytes: (at) => `${at} muss aus Bytes bestehen`,
  notLink: (at) => `${at} muss ein Verweis (CID) sein`,
  tooManyItems: (at, most) => `${at} darf höchstens ${most} Teile haben`,
  tooFewItems: (at, fewest) => `${at} muss mindestens ${fewest} Teile haben`,
  tooLong: (at, most) => `${at} darf höchstens ${most} Bytes lang sein`,
  tooShort: (at, fewest) => `${at} muss mindestens ${fewest} Bytes lang sein`,
  tooManyGraphemes: (at, most) =>
    `${at} darf höchstens ${most} Zeichen lang sein`,
  tooFewGraphemes: (at, fewest) =>
    `${at} muss mindestens ${fewest} Zeichen lang sein`,
  tooManyBytes: (at, most) => `${at} darf höchstens ${most} Bytes groß sein`,
  tooFewBytes: (at, fewest) =>
    `${at} muss mindestens ${fewest} Bytes groß sein`,
  tooGreat: (at, most) => `${at} darf höchstens ${most} sein`,
  tooSmall: (at, least) => `${at} muss mindestens ${least} sein`,
  noTimeZone: (at, example) =>
    `${at} muss ein Zeitpunkt mit Zeitzone sein, etwa ${example}`,
  notDatetime: (at) => `${at} muss ein Zeitpunkt nach RFC 3339 sein`,
  notUri: (at) => `${at} muss eine Adresse (URI) sein`,
  notAtUri: (at) => `${at} muss eine Adresse mit at:// sein`,
  notDid: (at) => `${at} muss eine DID sein`,
  notHandle: (at) => `${at} muss ein Handle sein`,
  notAtIdentifier: (at) => `${at} muss eine DID oder ein Handle sein`,
  notNsid: (at) => `${at} muss eine NSID sein`,
  notCid: (at) => `${at} muss eine CID als Text sein`,
  notLanguage: (at) => `${at} muss ein Sprachkürzel nach BCP 47 sein`,
  notTid: (at) => `${at} muss eine TID sein`,
  notRecordKey: (at) => `${at} muss ein Schlüssel eines Eintrags sein`,
  notConstant: (at, value) => `${at} muss ${value} sein`,
  unreadable: () => "Seine Bytes sind nicht die eines Eintrags",
  noRecord: () => "Ein Eintrag ist ein Objekt",
  otherType: () => "$type ist nicht die Sammlung",
  other: () => "Er passt nicht zu seinem Schema",
};
