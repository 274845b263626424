/**
 * Why something was refused, each with the facts that its sentence names. The
 * message of an error is what programs get; a page says the reason instead, in
 * its own language.
 */
export interface Reasons {
  accountInactive: null;
  accountUnknown: { account: string };
  applicationDecided: null;
  applicationsFull: null;
  applicationsOff: null;
  appPasswordName: { most: number };
  appPasswordTwice: { name: string };
  appPasswordsFull: { most: number };
  carBad: { said: string };
  carFuture: null;
  carOther: { did: string };
  carRoots: { count: number };
  carRootMissing: null;
  carSigned: null;
  cidForm: null;
  codeMissing: null;
  collectionForm: null;
  countOutside: { most: number };
  cursorForm: null;
  dateWrong: null;
  dateZone: { path: string };
  delegatesFull: { most: number };
  deleteBusy: null;
  deleteMost: { most: number };
  deleteNothing: null;
  directoryAway: null;
  directoryLater: null;
  directoryRefused: { said: string };
  emailForm: null;
  emailHeld: null;
  emailMissing: null;
  emailNone: null;
  emailTaken: null;
  emailUnconfirmed: null;
  factorFirst: null;
  factorNone: null;
  fieldTwice: { name: string };
  fileBig: { place: string; most: number };
  fileKind: { place: string; is: string };
  fileOldForm: { place: string };
  fileSize: { place: string; is: number };
  fileTakenDown: null;
  fileTooBig: { most: number };
  grantEnd: null;
  grantLevel: null;
  grantSelf: null;
  handleChars: null;
  handleElsewhere: null;
  handleLong: { most: number };
  handleNotOurs: null;
  handleShort: { least: number };
  handleTld: null;
  identityElsewhere: { said: string };
  identityEnded: null;
  identityFixed: null;
  identityNotOurs: null;
  identityUnknown: { said: string };
  identityUnnamed: { said: string };
  importsOff: null;
  inviteGone: null;
  inviteUsed: null;
  jobOver: null;
  jsonBad: { said: string };
  keyForm: null;
  keyGone: null;
  keyOurs: null;
  keyThere: null;
  keysFull: { most: number };
  lexiconUnknown: { collection: string };
  listChanged: { count: number; expected: number };
  listEverybody: null;
  objectOnly: null;
  openWord: null;
  operationRefused: { said: string };
  passkeyFirst: null;
  passkeyGone: null;
  passkeyLast: null;
  passkeyName: null;
  passwordLong: { most: number };
  passwordShort: { least: number };
  recordBad: { said: string };
  recordBig: { most: number; size: number };
  recordGone: { path: string };
  recordThere: { path: string };
  recordUri: null;
  rkeyForm: null;
  rkeyOther: { expected: string };
  scopeWrong: { scope: string };
  scopesMany: null;
  scopesNone: null;
  settingElsewhere: { name: string };
  settingForm: { name: string; expects: string };
  signUpsClosed: null;
  subjectAccount: null;
  subjectForm: null;
  subjectNone: null;
  syntax: { kind: string; value: string };
  typeOther: { expected: string; actual: string };
  uploadCut: null;
  uploadNone: null;
}

export type ReasonName = keyof Reasons;

/** A reason with its facts. */
export type Reason = {
  [Name in ReasonName]: { name: Name; facts: Reasons[Name] };
}[ReasonName];

/** The facts as an argument, which is left out where there are none. */
export type FactsOf<Name extends ReasonName> = Reasons[Name] extends null
  ? []
  : [facts: Reasons[Name]];
