import { createTeller, type Told } from "#lib/told.ts";

/**
 * Why a record does not fit the rules of its kind, in the words of
 * `@atproto/lexicon`, in the order in which its messages are held against
 * them. `at` is the place in the record.
 */
const VALIDATOR_MISFITS = {
  fieldMissing: (at: string, name: string) =>
    `${at} must have the property "${name}"`,
  noTypedObject: (at: string) =>
    `${at} must be an object which includes the "$type" property`,
  typeNotAmong: (at: string, types: string) =>
    `${at} $type must be one of ${types}`,
  notAmong: (at: string, values: string) => `${at} must be one of (${values})`,
  notBlob: (at: string) => `${at} should be a blob ref`,
  notArray: (at: string) => `${at} must be an array`,
  notObject: (at: string) => `${at} must be an object`,
  notBoolean: (at: string) => `${at} must be a boolean`,
  notInteger: (at: string) => `${at} must be an integer`,
  notString: (at: string) => `${at} must be a string`,
  notBytes: (at: string) => `${at} must be a byte array`,
  notLink: (at: string) => `${at} must be a CID`,
  tooManyItems: (at: string, most: string) =>
    `${at} must not have more than ${most} elements`,
  tooFewItems: (at: string, fewest: string) =>
    `${at} must not have fewer than ${fewest} elements`,
  tooLong: (at: string, most: string) =>
    `${at} must not be longer than ${most} characters`,
  tooShort: (at: string, fewest: string) =>
    `${at} must not be shorter than ${fewest} characters`,
  tooManyGraphemes: (at: string, most: string) =>
    `${at} must not be longer than ${most} graphemes`,
  tooFewGraphemes: (at: string, fewest: string) =>
    `${at} must not be shorter than ${fewest} graphemes`,
  tooManyBytes: (at: string, most: string) =>
    `${at} must not be larger than ${most} bytes`,
  tooFewBytes: (at: string, fewest: string) =>
    `${at} must not be smaller than ${fewest} bytes`,
  tooGreat: (at: string, most: string) =>
    `${at} can not be greater than ${most}`,
  tooSmall: (at: string, least: string) =>
    `${at} can not be less than ${least}`,
  // Before the other datetimes: ours says what the official one lets through.
  noTimeZone: (at: string, example: string) =>
    `${at} must be a datetime with its time zone, such as ${example}`,
  notDatetime: (at: string) =>
    `${at} must be an valid atproto datetime (both RFC-3339 and ISO-8601)`,
  notUri: (at: string) => `${at} must be a uri`,
  notAtUri: (at: string) => `${at} must be a valid at-uri`,
  notDid: (at: string) => `${at} must be a valid did`,
  notHandle: (at: string) => `${at} must be a valid handle`,
  notAtIdentifier: (at: string) => `${at} must be a valid did or a handle`,
  notNsid: (at: string) => `${at} must be a valid nsid`,
  notCid: (at: string) => `${at} must be a cid string`,
  notLanguage: (at: string) =>
    `${at} must be a well-formed BCP 47 language tag`,
  notTid: (at: string) => `${at} must be a valid TID`,
  notRecordKey: (at: string) => `${at} must be a valid Record Key`,
  // The last: all of the others begin like it.
  notConstant: (at: string, value: string) => `${at} must be ${value}`,
};

/** Every reason for which a record that came from elsewhere could not have been written here, in English. */
export const MISFITS = {
  ...VALIDATOR_MISFITS,
  unreadable: () => "its bytes are not those of a record",
  noRecord: () => "a record is an object",
  otherType: () => "$type is not the collection",
  other: () => "it does not fit its schema",
};

export type Misfit = Told<typeof MISFITS>;

export const tellMisfit = createTeller<typeof MISFITS>();

type ValidatorMisfit = keyof typeof VALIDATOR_MISFITS;

/** Sentences as patterns, which find again what stands in them. */
const PATTERNS = Object.entries(VALIDATOR_MISFITS).map(([kind, say]) => {
  const sentence = (say as (...values: string[]) => string)("\0", "\0");
  const pattern = sentence
    .split("\0")
    .map((part) => part.replace(/[$()|.*+?[\]{}\\^]/g, "\\$&"))
    .join("(.*?)");
  return {
    kind: kind as ValidatorMisfit,
    pattern: new RegExp(`^${pattern}$`, "s"),
  };
});

/**
 * Which misfit a message of the validator tells. It has words alone; one that
 * is not known is kept as it is.
 */
export function misfitOf(message: string): Misfit {
  for (const { kind, pattern } of PATTERNS) {
    const found = pattern.exec(message);
    if (found !== null) return { kind, values: found.slice(1) };
  }
  return { ...tellMisfit("other"), detail: message };
}
