import {
  ensureValidDid,
  ensureValidHandle,
  ensureValidNsid,
  ensureValidRecordKey,
  ensureValidTid,
  isAtUriString,
  isValidAtIdentifier,
  parseLanguageString,
} from "@atproto/syntax";
import { parseMultikey as parseOfficialMultikey } from "@atproto/crypto";
import { parseIpAddress } from "#lib/ip-address.ts";
import { parseContentType } from "#contexts/blobs/mime.ts";
import { createClientAddress } from "#edge/http/client-address.ts";
import { parseProxyHeader } from "#edge/xrpc/proxy-header.ts";
import { XrpcError } from "#lib/errors.ts";
import { InvalidSyntax } from "#repo/errors.ts";
import {
  formatDidKey,
  formatMultikey,
  generatePrivateKey,
  parseDidKey,
  parseMultikey,
  parseVerificationKey,
  publicKeyOf,
} from "#repo/keys.ts";
import { isIP } from "node:net";
import * as syntax from "#repo/syntax.ts";
import { tidFromMicros, tidToMicros } from "#repo/tid.ts";
import type { Target } from "../engine.ts";
import { accepted, same, textOf } from "../expect.ts";
import {
  type Check,
  DIDS,
  HANDLES,
  lengthsAround,
  NSIDS,
  passes,
  RECORD_KEYS,
} from "../../support/syntax-examples.ts";
import { damageText } from "../texts.ts";

/** Texts with a grammar: ours says yes where the official packages do. */

const AT_URIS = [
  "at://did:plc:7iza6de2dwap2sbkpav7c6c6",
  "at://alice.example.com/com.example.fooBar",
  "at://did:web:example.com/com.example.fooBar/3jzfcijpj2z2a",
  "at://alice.example.com/com.example.fooBar/self",
];

/** Both say the same of every text. */
function agreement(
  name: string,
  examples: readonly string[],
  ours: Check,
  theirs: Check,
): Target {
  return {
    name,
    make: (random) => damageText(random, examples),
    check(input) {
      const text = textOf(input);
      const isAccepted = ours(text);
      same("answer", isAccepted, theirs(text));
      return isAccepted;
    },
  };
}

/** Nothing else than a refusal comes of a text; the checks of `check` are made where it is taken. */
function reader(
  name: string,
  examples: readonly string[],
  check: Check,
): Target {
  return {
    name,
    make: (random) => damageText(random, examples),
    check: (input) => check(textOf(input)),
  };
}

const atUri = reader("AT URI", AT_URIS, (text) => {
  const parts = accepted(() => syntax.parseAtUri(text), InvalidSyntax);
  same("isAtUri", syntax.isAtUri(text), parts !== undefined);
  // The official package takes a fragment, which the grammar of lexicons has not.
  if (!text.includes("#")) {
    const official = isAtUriString(text, { strict: true });
    same("answer", parts !== undefined, official);
  }
  if (parts === undefined) return false;
  const { host, collection, rkey } = parts;
  const again = ["at:/", host, collection, rkey].filter(Boolean).join("/");
  same("text", again, text);
  return true;
});

const tid = reader(
  "TID",
  ["3jzfcijpj2z2a", "jzzzzzzzzzzzz", "2222222222222", "7777777777777"],
  (text) => {
    same("answer", syntax.isTid(text), passes(ensureValidTid)(text));
    if (!syntax.isTid(text)) return false;
    const micros = tidToMicros(text);
    if (!Number.isSafeInteger(micros)) return true;
    const clock = tidFromMicros(micros, 0).slice(0, 11);
    same("clock", clock, text.slice(0, 11));
    return true;
  },
);

const KEYS = (["k256", "p256"] as const).flatMap((curve) =>
  [1, 2].map(() => {
    const key = publicKeyOf(curve, generatePrivateKey(curve));
    return formatMultikey(curve, key);
  }),
);

const multikey = reader("multikey", KEYS, (text) => {
  const key = accepted(() => parseMultikey(text), InvalidSyntax);
  const didKey = accepted(() => parseDidKey(`did:key:${text}`), InvalidSyntax);
  same("as did:key", didKey, key);
  for (const type of ["Multikey", "EcdsaSecp256k1VerificationKey2019"]) {
    accepted(() => parseVerificationKey(type, text), InvalidSyntax);
  }
  if (key === undefined) return false;
  same("text", formatMultikey(key.curve, key.publicKey), text);
  const didText = formatDidKey(key.curve, key.publicKey);
  same("did:key", didText, `did:key:${text}`);
  parseOfficialMultikey(text);
  return true;
});

const address = reader(
  "IP address",
  ["127.0.0.1", "::ffff:10.0.0.1", "2001:db8::1", "fe80::1%eth0", "1.2.3.4"],
  (text) => {
    const bytes = parseIpAddress(text);
    if (bytes !== null) same("isIP", isIP(text) !== 0, true);
    return bytes !== null;
  },
);

const addressOf = createClientAddress(["127.0.0.0/8", "::1/128"]);

const forwardedFor = reader(
  "X-Forwarded-For",
  ["203.0.113.7, 127.0.0.1", "::1, 2001:db8::1", "unknown", "127.0.0.1"],
  (text) => {
    const headers = accepted(
      () => new Headers({ "x-forwarded-for": text }),
      TypeError,
    );
    if (headers === undefined) return false;
    const client = addressOf("127.0.0.1", headers);
    same("an address", isIP(client) !== 0, true);
    return client !== "127.0.0.1";
  },
);

const proxyHeader = reader(
  "atproto-proxy",
  ["did:web:api.bsky.app#bsky_appview", "did:plc:abc#atproto_labeler"],
  (text) => {
    const name = accepted(() => parseProxyHeader(text), XrpcError);
    if (name === undefined) return false;
    same("text", text.includes("#"), true);
    return true;
  },
);

const contentType = reader(
  "Content-Type of a blob",
  ["image/png", 'text/plain; charset="utf-8"', "video/mp4;codecs=avc1"],
  (text) => {
    const type = parseContentType(text);
    if (type === null) return false;
    // It goes into a header of the answer, and into records.
    if (!/^[!-~]+$/.test(type)) throw new Error(`answers ${type}`);
    return new Headers({ "content-type": type }).has("content-type");
  },
);

/** Without an official package that agrees: no crash, no long wait. */
const formats = reader(
  "datetime, language, URI and CID",
  [
    "1985-04-12T23:20:50.123Z",
    "2024-02-29T00:00:00+01:00",
    "zh-Hant-TW",
    "en-x-a-b-c",
    "https://example.com/a?b#c",
    "bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a",
    ...lengthsAround("https://example.com/", "", 8192),
    ...lengthsAround("en-x-", "", 3000),
  ],
  (text) => {
    const language = parseLanguageString(text) !== null;
    same("language", syntax.isLanguage(text), language);
    const answers = [
      syntax.isDatetime(text),
      syntax.isUri(text),
      syntax.isGenericCid(text),
    ];
    if (answers[0]) same("a date", Number.isNaN(Date.parse(text)), false);
    return language || answers.includes(true);
  },
);

export const IDENTIFIERS: readonly Target[] = [
  agreement("DID", DIDS, syntax.isDid, passes(ensureValidDid)),
  agreement("handle", HANDLES, syntax.isHandle, passes(ensureValidHandle)),
  agreement("NSID", NSIDS, syntax.isNsid, passes(ensureValidNsid)),
  agreement(
    "record key",
    RECORD_KEYS,
    syntax.isRecordKey,
    passes(ensureValidRecordKey),
  ),
  agreement(
    "identifier of an account",
    [...DIDS, ...HANDLES],
    syntax.isAtIdentifier,
    isValidAtIdentifier,
  ),
  atUri,
  tid,
  multikey,
  address,
  forwardedFor,
  proxyHeader,
  contentType,
  formats,
];
