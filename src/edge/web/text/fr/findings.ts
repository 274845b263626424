import type { Place } from "#contexts/checks/findings.ts";
import type { Text } from "#edge/web/text/en.ts";

const at = ({ rev, seq, generation }: Place) =>
  `${rev} (ligne ${seq}, génération ${generation})`;

export const findings: Text["findings"] = {
  inRow: (seq, did, said) => `ligne ${seq} du journal, ${did} : ${said}`,
  kinds: {
    noFile: () => "le fichier du dépôt manque",
    noHead: () => "le dépôt n’a pas de dernier commit",
    unreadable: () => "lecture impossible",
    noCommit: () => "le bloc du commit manque",
    commitOf: (did) => `le commit appartient à ${did}`,
    commitRev: (commit, head) =>
      `le commit est de la révision ${commit}, le dépôt note ${head}`,
    commitTree: () => "l’arbre du commit n’est pas celui qui est noté",
    signature: () => "le commit n’est signé par aucune des clés du compte",
    recordIndex: (path) => `l’index et l’arbre se contredisent pour ${path}`,
    blockBytes: (cid) => `le bloc ${cid} a d’autres octets`,
    unnamedBlob: (cid) =>
      `l’index nomme le fichier ${cid}, aucun enregistrement ne le nomme`,
    unindexedBlob: (cid) =>
      `un enregistrement nomme le fichier ${cid}, l’index ne le nomme pas`,
    blockCount: (stored, reachable) =>
      `${stored} blocs sont conservés, ${reachable} sont atteignables`,
    recordCount: (index, tree) =>
      `l’index compte ${index} enregistrements et l’arbre ${tree}`,
    elsewhere: (log, repo) =>
      `le journal en est à ${at(log)}, le dépôt à ${at(repo)}`,
    behind: () => "il lui manque des lignes de son journal",
    unlisted: () => "il manque dans la liste des dépôts",
    listedAt: (rev, head) =>
      `la liste des dépôts le donne à ${rev ?? "aucune révision"}, il en est à ${head ?? "aucune"}`,
    listedAs: (said, status) =>
      `la liste des dépôts le donne comme « ${said} », le compte est « ${status} »`,
    collectionCount: (collection, said, found) =>
      `la liste des collections compte ${said} enregistrements dans ${collection}, le dépôt en a ${found}`,
    stranger: (did) =>
      `la liste des dépôts contient ${did}, qui n’est pas un compte`,
    noAccount: (did) => `il n’y a pas de compte ${did}`,
    blobFile: (cid) => `le fichier ${cid} est absent`,
    blobSize: (cid, found, said) =>
      `le fichier ${cid} a ${found} octets au lieu de ${said}`,
    blobBytes: (cid) => `le fichier ${cid} a d’autres octets`,
    seqFalls: (last) => `elle suit ${last}`,
    redoRev: (rev) => `ce qu’elle applique est de la révision ${rev}`,
    frameSeq: (seq) => `le message porte le numéro ${seq}`,
    frameOf: (did) => `le message est de ${did}`,
    noRedo: () => "un commit sans rien à appliquer",
    redoCommit: () => "ce qui est appliqué est un autre commit",
    redoOps: () =>
      "ce qui est appliqué change d’autres enregistrements que ceux du message",
    inactiveCommit: () => "un commit d’un compte qui n’est pas actif",
    inactiveSync: () =>
      "une resynchronisation (#sync) d’un compte qui n’est pas actif",
    inverts: (cid) => `défaire les changements mène à ${cid}`,
    since: (since, before) =>
      `la révision précédente annoncée est ${since ?? "aucune"}, c’était ${before}`,
    prevData: () => "l’arbre précédent annoncé est un autre",
    revStays: (rev) => `la révision ${rev} n’est pas plus haute`,
    syncRev: (rev, before) => `la révision ${rev} vient après ${before}`,
    syncTree: () =>
      "la resynchronisation (#sync) montre un autre arbre que le commit de la même révision",
    signedRev: (rev) => `la révision signée est ${rev}`,
    signedOf: (did) => `le commit signé est de ${did}`,
    more: (count) => `et ${count} de plus`,
  },
};

export const misfits: Text["misfits"] = {
  fieldMissing: (at, name) => `${at} : le champ « ${name} » manque`,
  noTypedObject: (at) => `${at} doit être un objet avec le champ « $type »`,
  typeNotAmong: (at, types) => `${at} : $type doit être l’un de ${types}`,
  notAmong: (at, values) => `${at} doit être l’un de (${values})`,
  notBlob: (at) => `${at} doit renvoyer à un fichier`,
  notArray: (at) => `${at} doit être une liste`,
  notObject: (at) => `${at} doit être un objet`,
  notBoolean: (at) => `${at} doit être vrai ou faux`,
  notInteger: (at) => `${at} doit être un nombre entier`,
  notString: (at) => `${at} doit être un texte`,
  notBytes: (at) => `${at} doit être fait d’octets`,
  notLink: (at) => `${at} doit être un lien (CID)`,
  tooManyItems: (at, most) => `${at} doit avoir ${most} éléments au plus`,
  tooFewItems: (at, fewest) => `${at} doit avoir ${fewest} éléments au moins`,
  tooLong: (at, most) => `${at} doit faire ${most} octets au plus`,
  tooShort: (at, fewest) => `${at} doit faire ${fewest} octets au moins`,
  tooManyGraphemes: (at, most) => `${at} doit faire ${most} caractères au plus`,
  tooFewGraphemes: (at, fewest) =>
    `${at} doit faire ${fewest} caractères au moins`,
  tooManyBytes: (at, most) => `${at} doit peser ${most} octets au plus`,
  tooFewBytes: (at, fewest) => `${at} doit peser ${fewest} octets au moins`,
  tooGreat: (at, most) => `${at} doit valoir ${most} au plus`,
  tooSmall: (at, least) => `${at} doit valoir ${least} au moins`,
  noTimeZone: (at, example) =>
    `${at} doit être un moment avec son fuseau horaire, comme ${example}`,
  notDatetime: (at) => `${at} doit être un moment selon RFC 3339`,
  notUri: (at) => `${at} doit être une adresse (URI)`,
  notAtUri: (at) => `${at} doit être une adresse en at://`,
  notDid: (at) => `${at} doit être un DID`,
  notHandle: (at) => `${at} doit être un identifiant (handle)`,
  notAtIdentifier: (at) => `${at} doit être un DID ou un identifiant`,
  notNsid: (at) => `${at} doit être un NSID`,
  notCid: (at) => `${at} doit être un CID en texte`,
  notLanguage: (at) => `${at} doit être un code de langue selon BCP 47`,
  notTid: (at) => `${at} doit être un TID`,
  notRecordKey: (at) => `${at} doit être une clé d’enregistrement`,
  notConstant: (at, value) => `${at} doit être ${value}`,
  unreadable: () => "ses octets ne sont pas ceux d’un enregistrement",
  noRecord: () => "un enregistrement est un objet",
  otherType: () => "$type n’est pas la collection",
  other: () => "il ne correspond pas à son schéma",
};
