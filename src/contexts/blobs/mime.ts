/**
 * Media types recognised by the first bytes of a file. Only what people attach
 * to records is here: browsers and AppViews decide by this type how a blob is
 * shown, so a wrong label from a client must not stand. Formats that are text
 * can't be told from their first bytes and keep the label they came with.
 */

/** How much of a blob the table looks at. */
export const SNIFF_SIZE_BYTES = 512;

export const DEFAULT_MIME_TYPE = "application/octet-stream";

interface Signature {
  mimeType: string;
  /** Text of Latin-1 characters at an offset; all must be there. */
  at: readonly (readonly [offset: number, text: string])[];
}

// Each from the format's own specification; the numbers are file offsets.
const SIGNATURES: readonly Signature[] = [
  { mimeType: "image/png", at: [[0, "\x89PNG\r\n\x1a\n"]] },
  { mimeType: "image/jpeg", at: [[0, "\xff\xd8\xff"]] },
  { mimeType: "image/gif", at: [[0, "GIF87a"]] },
  { mimeType: "image/gif", at: [[0, "GIF89a"]] },
  { mimeType: "image/webp", at: riff("WEBP") },
  { mimeType: "audio/wav", at: riff("WAVE") },
  { mimeType: "video/vnd.avi", at: riff("AVI ") },
  {
    mimeType: "image/bmp",
    at: [
      [0, "BM"],
      [6, "\0\0\0\0"],
    ],
  },
  { mimeType: "image/tiff", at: [[0, "II*\0"]] },
  { mimeType: "image/tiff", at: [[0, "MM\0*"]] },
  { mimeType: "image/x-icon", at: [[0, "\0\0\x01\0"]] },
  { mimeType: "image/jxl", at: [[0, "\0\0\0\x0cJXL \r\n\x87\n"]] },
  { mimeType: "image/jxl", at: [[0, "\xff\x0a"]] },
  { mimeType: "audio/mpeg", at: [[0, "ID3"]] },
  { mimeType: "audio/flac", at: [[0, "fLaC"]] },
  { mimeType: "audio/midi", at: [[0, "MThd"]] },
  { mimeType: "application/pdf", at: [[0, "%PDF-"]] },
  { mimeType: "application/zip", at: [[0, "PK\x03\x04"]] },
  { mimeType: "application/zip", at: [[0, "PK\x05\x06"]] },
  { mimeType: "application/gzip", at: [[0, "\x1f\x8b\x08"]] },
  { mimeType: "application/zstd", at: [[0, "\x28\xb5\x2f\xfd"]] },
  { mimeType: "application/wasm", at: [[0, "\0asm"]] },
  { mimeType: "font/woff2", at: [[0, "wOF2"]] },
  { mimeType: "font/woff", at: [[0, "wOFF"]] },
];

function riff(form: string): Signature["at"] {
  return [
    [0, "RIFF"],
    [8, form],
  ];
}

/** Major brands of ISO base media files. @see https://mp4ra.org/registered-types/brands */
const MIME_TYPE_BY_BRAND: Record<string, string> = {
  avif: "image/avif",
  avis: "image/avif",
  mif1: "image/heif",
  msf1: "image/heif-sequence",
  heic: "image/heic",
  heix: "image/heic",
  hevc: "image/heic-sequence",
  hevx: "image/heic-sequence",
  "qt  ": "video/quicktime",
  "M4A ": "audio/mp4",
  "M4B ": "audio/mp4",
  "crx ": "image/x-canon-cr3",
};

/**
 * The media type of a blob: what its first bytes say, else what the client
 * said, without parameters and in lower case, else `application/octet-stream`.
 * Zip files keep the client's label when it names a format built on zip.
 */
export function resolveMimeType(
  head: Uint8Array,
  contentType: string | null,
): string {
  const claimed = parseContentType(contentType);
  const sniffed = sniffMimeType(head);
  if (sniffed === null) return claimed ?? DEFAULT_MIME_TYPE;
  if (sniffed === "application/zip" && isZipBased(claimed)) return claimed!;
  return sniffed;
}

/** Null when the bytes are of no format known here. */
export function sniffMimeType(head: Uint8Array): string | null {
  const text = Buffer.from(
    head.buffer,
    head.byteOffset,
    Math.min(head.byteLength, SNIFF_SIZE_BYTES),
  ).toString("latin1");
  for (const { mimeType, at } of SIGNATURES) {
    if (at.every(([offset, part]) => text.startsWith(part, offset))) {
      return mimeType;
    }
  }
  return (
    sniffBaseMedia(text) ??
    sniffMatroska(text) ??
    sniffOgg(text) ??
    sniffMpeg(text)
  );
}

/** MP4 and what is built on it: the box `ftyp` comes first and names a brand. */
function sniffBaseMedia(text: string): string | null {
  if (!text.startsWith("ftyp", 4)) return null;
  return MIME_TYPE_BY_BRAND[text.slice(8, 12)] ?? "video/mp4";
}

function sniffMatroska(text: string): string | null {
  if (!text.startsWith("\x1a\x45\xdf\xa3")) return null;
  // The document type follows within the first few elements.
  return text.slice(0, 64).includes("webm") ? "video/webm" : "video/matroska";
}

function sniffOgg(text: string): string | null {
  if (!text.startsWith("OggS")) return null;
  // The first page holds the header of the first stream at byte 28.
  if (text.startsWith("OpusHead", 28)) return "audio/ogg";
  if (text.startsWith("\x01vorbis", 28)) return "audio/ogg";
  if (text.startsWith("\x7fFLAC", 28)) return "audio/ogg";
  if (text.startsWith("\x80theora", 28)) return "video/ogg";
  return "application/ogg";
}

/** A bare MPEG audio frame: eleven bits set, then version, layer and rates that exist. */
function sniffMpeg(text: string): string | null {
  if (text.length < 4 || text.charCodeAt(0) !== 0xff) return null;
  const second = text.charCodeAt(1);
  const third = text.charCodeAt(2);
  const version = (second >> 3) & 3;
  const layer = (second >> 1) & 3;
  const hasFrame =
    second >= 0xe0 &&
    version !== 1 &&
    third >> 4 !== 15 &&
    ((third >> 2) & 3) !== 3;
  if (hasFrame && layer === 1) return "audio/mpeg";
  // Layer bits of zero are the header of AAC in ADTS.
  return (second & 0xf6) === 0xf0 ? "audio/aac" : null;
}

const MEDIA_TYPE = /^[a-z0-9!#$&^_.+-]{1,127}\/[a-z0-9!#$&^_.+-]{1,127}$/; // RFC 6838 §4.2

/** The type and subtype of a Content-Type header; null when absent or malformed. */
export function parseContentType(header: string | null): string | null {
  const type = header?.split(";", 1)[0]!.trim().toLowerCase();
  return type !== undefined && MEDIA_TYPE.test(type) ? type : null;
}

function isZipBased(mimeType: string | null): boolean {
  return (
    mimeType !== null &&
    (mimeType.endsWith("+zip") ||
      mimeType.startsWith("application/vnd.openxmlformats-") ||
      mimeType.startsWith("application/vnd.oasis.opendocument.") ||
      mimeType === "application/java-archive" ||
      mimeType === "application/vnd.android.package-archive")
  );
}
