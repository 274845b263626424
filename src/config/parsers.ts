import { resolve } from "node:path";
import { formatColour, parseColour } from "#lib/colour.ts";
import { ipVersionOf } from "#lib/ip-address.ts";
import { Secret } from "#lib/secret.ts";

/** Reads the text of one kind of setting. */
export interface Parser<T> {
  /** Completes the sentence "NAME must be …". */
  expects: string;
  /** Returns undefined when the text does not fit. The text is trimmed and not empty. */
  parse(text: string): T | undefined;
}

/** Order of the k256 group; a private key is at least 1 and below it (SEC 2 §2.4.1). */
const K256_ORDER =
  0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const HOSTNAME_LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const DID = /^did:[a-z]+:[a-zA-Z0-9._:%-]*[a-zA-Z0-9._-]$/;
const DID_KEY = /^did:key:z[1-9A-HJ-NP-Za-km-z]{20,200}$/;
const ADDRESS = /^[^\s<>@]+@[^\s<>@]+$/;

const TRUE_WORDS = ["true", "1", "yes", "on"];
const FALSE_WORDS = ["false", "0", "no", "off"];

export const text: Parser<string> = {
  expects: "text without line breaks",
  parse: (given) => (/[\r\n\0]/.test(given) ? undefined : given),
};

export const bool: Parser<boolean> = {
  expects: "true or false",
  parse: (given) => {
    const word = given.toLowerCase();
    if (TRUE_WORDS.includes(word)) return true;
    return FALSE_WORDS.includes(word) ? false : undefined;
  },
};

/** A whole number within bounds; `unit` completes the sentence. */
export function whole(
  min: number,
  max = Number.MAX_SAFE_INTEGER,
  unit = "",
): Parser<number> {
  const range =
    max === Number.MAX_SAFE_INTEGER
      ? `of at least ${min}`
      : `from ${min} to ${max}`;
  return {
    expects: `a whole number${unit && ` of ${unit}`} ${range}`,
    parse: (given) => {
      if (!/^\d{1,16}$/.test(given)) return undefined;
      const value = Number(given);
      return value >= min && value <= max ? value : undefined;
    },
  };
}

export const milliseconds = whole(0, undefined, "milliseconds");
export const bytes = whole(1, undefined, "bytes");
export const bytesOrNone = whole(0, undefined, "bytes");

export function oneOf<const T extends string>(
  ...choices: readonly T[]
): Parser<T> {
  return {
    expects: `one of ${choices.join(", ")}`,
    parse: (given) => choices.find((choice) => choice === given.toLowerCase()),
  };
}

/** A switch with a third position; its words for off and on are those of any other. */
export const lexiconResolution: Parser<"off" | "on" | "strict"> = {
  expects: "off, on or strict",
  parse: (given) => {
    if (given.toLowerCase() === "strict") return "strict";
    const isOn = bool.parse(given);
    return isOn === undefined ? undefined : isOn ? "on" : "off";
  },
};

/** An https URL that may name a handle. */
export const handleLink: Parser<string> = {
  expects: "an https URL such as https://bsky.app/profile/{handle}",
  parse: (given) => {
    const url = URL.parse(given.replaceAll("{handle}", "a.test"));
    return url?.protocol === "https:" ? given : undefined;
  },
};

/** An absolute path; a relative one counts from the working folder. */
export const path: Parser<string> = {
  expects: "a path",
  parse: (given) => (given.includes("\0") ? undefined : resolve(given)),
};

export const hostname: Parser<string> = {
  expects: "a host name such as pds.example.com, without scheme, port or path",
  parse: (given) => {
    const name = given.toLowerCase();
    if (name === "localhost") return name;
    const labels = name.split(".");
    const fits =
      name.length <= 253 &&
      labels.length >= 2 &&
      labels.every((label) => HOSTNAME_LABEL.test(label)) &&
      ipVersionOf(name) === 0;
    return fits ? name : undefined;
  },
};

export const colour: Parser<string> = {
  expects: "a colour such as #0b5fb0",
  parse: (given) => {
    const found = parseColour(given);
    return found === null ? undefined : formatColour(found);
  },
};

export const listenAddress: Parser<string> = {
  expects: "an IP address or localhost",
  parse: (given) =>
    given === "localhost" || ipVersionOf(given) !== 0 ? given : undefined,
};

/** An http or https URL; the trailing slash goes. */
export const url: Parser<string> = {
  expects: "an http or https URL without user name, query and fragment",
  parse: (given) => {
    const parsed = URL.parse(given);
    if (parsed === null || !/^https?:$/.test(parsed.protocol)) return undefined;
    if (parsed.username || parsed.password) return undefined;
    if (parsed.search || parsed.hash) return undefined;
    return parsed.origin + parsed.pathname.replace(/\/+$/, "");
  },
};

/** As `url`, without a path. */
export const origin: Parser<string> = {
  expects: "an http or https URL without a path",
  parse: (given) => {
    const parsed = url.parse(given);
    return parsed === URL.parse(given)?.origin ? parsed : undefined;
  },
};

/** An https link for people to follow; a query is fine. */
export const link: Parser<string> = {
  expects: "an http or https URL",
  parse: (given) => {
    const parsed = URL.parse(given);
    return parsed !== null && /^https?:$/.test(parsed.protocol)
      ? parsed.href
      : undefined;
  },
};

export const smtpUrl: Parser<Secret> = {
  expects: "an SMTP URL such as smtps://user:password@mail.example.com",
  parse: (given) => {
    const parsed = URL.parse(given);
    const isComplete = parsed !== null && parsed.hostname !== "";
    return isComplete && /^smtps?:$/.test(parsed.protocol)
      ? new Secret(given)
      : undefined;
  },
};

export const emailAddress: Parser<string> = {
  expects: "an e-mail address",
  parse: (given) => {
    // `Name <address>` is what mail programs show; the address decides.
    const inner = /^[^<>\r\n]*<([^<>]+)>$/.exec(given)?.[1] ?? given;
    return ADDRESS.test(inner) ? given : undefined;
  },
};

export const did: Parser<string> = {
  expects: "a DID such as did:web:pds.example.com",
  parse: (given) =>
    given.length <= 2048 && DID.test(given) ? given : undefined,
};

export const didKey: Parser<string> = {
  expects: "a public key written as did:key:z…",
  parse: (given) => (DID_KEY.test(given) ? given : undefined),
};

/** A DID, or `*` for all there are. */
export const didPattern: Parser<string> = {
  expects: `${did.expects}, or *`,
  parse: (given) => (given === "*" ? given : did.parse(given)),
};

/** `.example.com`: names end in it. The leading dot may be left out. */
export const handleDomain: Parser<string> = {
  expects: "a domain such as .example.com",
  parse: (given) => {
    const bare = given.toLowerCase().replace(/^\./, "");
    // A domain of one label, such as .test, is for networks without the DNS.
    const fits = HOSTNAME_LABEL.test(bare) || hostname.parse(bare);
    return fits && bare !== "localhost" ? `.${bare}` : undefined;
  },
};

/** An address or a block of addresses in CIDR form. */
export const addressBlock: Parser<string> = {
  expects: "an IP address or a block such as 10.0.0.0/8",
  parse: (given) => {
    const [address = "", prefix, rest] = given.split("/");
    const family = ipVersionOf(address);
    if (family === 0 || rest !== undefined) return undefined;
    if (prefix === undefined) return given;
    const limit = family === 4 ? 32 : 128;
    return /^\d{1,3}$/.test(prefix) && Number(prefix) <= limit
      ? given
      : undefined;
  },
};

/** Blocks of addresses, or none at all: an empty setting is one that nobody made. */
export const addressBlocks: Parser<readonly string[]> = {
  expects: `${list(addressBlock).expects}, or the word none`,
  parse: (given) => (given === "none" ? [] : list(addressBlock).parse(given)),
};

/** A name server: an address, with a port if it is not 53. */
export const nameserver: Parser<string> = {
  expects: "an IP address, with :port if needed",
  parse: (given) => {
    const withPort = /^\[?([0-9a-f.:]+?)\]?:(\d{1,5})$/i.exec(given);
    if (ipVersionOf(given) !== 0) return given;
    const address = withPort?.[1] ?? "";
    return ipVersionOf(address) !== 0 && Number(withPort?.[2]) <= 65_535
      ? given
      : undefined;
  },
};

/** Values separated by commas; empty ones are dropped. */
export function list<T>(item: Parser<T>): Parser<readonly T[]> {
  return {
    expects: `a list, separated by commas, each ${item.expects}`,
    parse: (given) => {
      const values: T[] = [];
      for (const part of given.split(",")) {
        if (part.trim() === "") continue;
        const value = item.parse(part.trim());
        if (value === undefined) return undefined;
        values.push(value);
      }
      return values;
    },
  };
}

export const secretText: Parser<Secret> = {
  expects: "text without line breaks",
  parse: (given) => {
    const value = text.parse(given);
    return value === undefined ? undefined : new Secret(value);
  },
};

/** What argon2 makes of a secret, in PHC string format. */
export const argon2Hash: Parser<Secret> = {
  expects: "an argon2 hash such as $argon2id$v=19$m=19456,t=2,p=1$…",
  parse: (given) =>
    /^\$argon2(?:id|i|d)\$v=19\$[a-z0-9=,]+\$[\w+/]+\$[\w+/]+$/.test(given)
      ? new Secret(given)
      : undefined,
};

/** What a service proves itself with. The secret is long, because it is guessed at from outside. */
export const namedSecret: Parser<{ name: string; secret: Secret }> = {
  expects: "a name and a secret of 24 or more characters such as feeds=…",
  parse: (given) => {
    const [, name, secret] = /^([\w.-]{1,64})=([!-~]{24,})$/.exec(given) ?? [];
    return name === undefined
      ? undefined
      : { name, secret: new Secret(secret!) };
  },
};

/** A k256 private key. */
export const privateKeyHex: Parser<Secret> = {
  expects: "a k256 private key: 64 hexadecimal digits",
  parse: (given) => {
    if (!/^[0-9a-f]{64}$/i.test(given)) return undefined;
    const value = BigInt(`0x${given}`);
    return value > 0n && value < K256_ORDER
      ? new Secret(given.toLowerCase())
      : undefined;
  },
};

/** 32 random bytes. */
export const masterKey: Parser<Secret<Uint8Array>> = {
  expects: "32 bytes: 64 hexadecimal digits, or base64",
  parse: (given) => {
    const key = /^[0-9a-f]{64}$/i.test(given)
      ? Buffer.from(given, "hex")
      : Buffer.from(given, "base64");
    return key.length === 32 ? new Secret(new Uint8Array(key)) : undefined;
  },
};
