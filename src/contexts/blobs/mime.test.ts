import { describe, expect, test } from "bun:test";
import { parseContentType, resolveMimeType, sniffMimeType } from "./mime.ts";

const latin1 = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));
const ftyp = (brand: string) => latin1(`\0\0\0\x20ftyp${brand}\0\0\0\0`);
const ogg = (header: string) => latin1(`OggS${"\0".repeat(24)}${header}`);

// One pixel, written by a real encoder.
const REAL_PNG = Uint8Array.fromBase64(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABpfZFQAAAAABJRU5ErkJggg==",
);
const REAL_GIF = Uint8Array.fromBase64(
  "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7",
);

const known: [string, Uint8Array, string][] = [
  ["PNG", REAL_PNG, "image/png"],
  ["GIF", REAL_GIF, "image/gif"],
  ["old GIF", latin1("GIF87a"), "image/gif"],
  ["JPEG", latin1("\xff\xd8\xff\xe0\0\x10JFIF"), "image/jpeg"],
  ["WebP", latin1("RIFF\x24\0\0\0WEBPVP8 "), "image/webp"],
  ["WAV", latin1("RIFF\x24\0\0\0WAVEfmt "), "audio/wav"],
  ["AVI", latin1("RIFF\x24\0\0\0AVI LIST"), "video/vnd.avi"],
  ["AVIF", ftyp("avif"), "image/avif"],
  ["HEIC", ftyp("heic"), "image/heic"],
  ["HEIF", ftyp("mif1"), "image/heif"],
  ["MP4", ftyp("isom"), "video/mp4"],
  ["MP4 of a phone", ftyp("M4V "), "video/mp4"],
  ["M4A", ftyp("M4A "), "audio/mp4"],
  ["QuickTime", ftyp("qt  "), "video/quicktime"],
  [
    "WebM",
    latin1("\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm"),
    "video/webm",
  ],
  [
    "Matroska",
    latin1("\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\x82\x88matroska"),
    "video/matroska",
  ],
  ["MP3 with tag", latin1("ID3\x04\0\0"), "audio/mpeg"],
  ["MP3 frame", latin1("\xff\xfb\x90\x64"), "audio/mpeg"],
  ["AAC", latin1("\xff\xf1\x50\x80"), "audio/aac"],
  ["Opus", ogg("OpusHead"), "audio/ogg"],
  ["Vorbis", ogg("\x01vorbis"), "audio/ogg"],
  ["Theora", ogg("\x80theora"), "video/ogg"],
  ["Ogg of something else", ogg("\x01video"), "application/ogg"],
  ["FLAC", latin1("fLaC\0\0\0\x22"), "audio/flac"],
  ["PDF", latin1("%PDF-1.7\n"), "application/pdf"],
  ["zip", latin1("PK\x03\x04\x14\0"), "application/zip"],
  ["gzip", latin1("\x1f\x8b\x08\0"), "application/gzip"],
  ["BMP", latin1("BM\x46\0\0\0\0\0\0\0"), "image/bmp"],
];

describe("first bytes", () => {
  for (const [name, head, mimeType] of known) {
    test(`${name} is ${mimeType}`, () => {
      expect(sniffMimeType(head)).toBe(mimeType);
      expect(resolveMimeType(head, "text/html")).toBe(mimeType);
    });
  }

  const unknown: [string, Uint8Array][] = [
    ["nothing", new Uint8Array(0)],
    ["one byte", latin1("\xff")],
    ["text", latin1("hello world")],
    ["HTML", latin1("<!doctype html><script>")],
    ["SVG", latin1('<svg xmlns="http://www.w3.org/2000/svg">')],
    ["captions", latin1("WEBVTT\n\n00:00.000 --> 00:01.000")],
    ["UTF-16 text", latin1("\xff\xfeh\0e\0")],
    ["RIFF of another form", latin1("RIFF\x24\0\0\0ABCD")],
    ["BM without the zeros", latin1("BMW is a car")],
  ];
  for (const [name, head] of unknown) {
    test(`${name} tells nothing`, () => expect(sniffMimeType(head)).toBeNull());
  }
});

describe("what the client says", () => {
  const rows: [string, Uint8Array, string | null, string][] = [
    ["counts for text", latin1("<svg/>"), "image/svg+xml", "image/svg+xml"],
    [
      "loses its parameters",
      latin1("hi"),
      "Text/Plain; charset=utf-8",
      "text/plain",
    ],
    ["may be absent", latin1("hi"), null, "application/octet-stream"],
    ["may be empty", latin1("hi"), "", "application/octet-stream"],
    ["may be no type", latin1("hi"), "*/*", "application/octet-stream"],
    [
      "may be a trick",
      latin1("hi"),
      "text/html\r\nx: y",
      "application/octet-stream",
    ],
    ["loses to the bytes", REAL_PNG, "image/jpeg", "image/png"],
    [
      "may name a format built on zip",
      latin1("PK\x03\x04"),
      "application/epub+zip",
      "application/epub+zip",
    ],
    ["but no other", latin1("PK\x03\x04"), "text/html", "application/zip"],
  ];
  for (const [name, head, contentType, mimeType] of rows) {
    test(name, () => expect(resolveMimeType(head, contentType)).toBe(mimeType));
  }

  test("is refused when a part is missing", () => {
    for (const header of ["image", "image/", "/png", "a b/c", "image/png/x"]) {
      expect(parseContentType(header)).toBeNull();
    }
  });
});
