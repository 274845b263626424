/**
 * Tar archives as POSIX describes them (ustar), written as a stream: the length
 * of each file has to be known before its bytes.
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06
 */

export interface TarEntry {
  /** Path within the archive, 100 bytes of ASCII at most. */
  name: string;
  sizeBytes: number;
  modifiedAtMs: number;
}

const BLOCK_BYTES = 512;
const NAME_BYTES = 100;
/** What eleven octal digits can't say: 8 GiB. */
const FIRST_BINARY_SIZE = 8 ** 11;

/** What ends an archive. */
export const TAR_END = new Uint8Array(2 * BLOCK_BYTES);

/**
 * One file with its header.
 * @throws RangeError when the content is not as long as the entry says; what
 *   was written by then is no archive and must not be passed off as one.
 */
export async function* tarFile(
  entry: TarEntry,
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const { name, sizeBytes } = entry;
  yield tarHeader(entry);
  let written = 0;
  for await (const chunk of content) {
    written += chunk.length;
    if (written > sizeBytes) break;
    yield chunk;
  }
  if (written !== sizeBytes) {
    throw new RangeError(`${name} is not of ${sizeBytes} bytes`);
  }
  const rest = sizeBytes % BLOCK_BYTES;
  if (rest > 0) yield new Uint8Array(BLOCK_BYTES - rest);
}

function tarHeader({ name, sizeBytes, modifiedAtMs }: TarEntry): Uint8Array {
  if (!/^[\x21-\x7e]+$/.test(name) || name.length > NAME_BYTES) {
    throw new RangeError(`no name for a file in a tar: ${name}`);
  }
  const header = Buffer.alloc(BLOCK_BYTES);
  const octal = (value: number, digits: number) =>
    value.toString(8).padStart(digits, "0");
  header.write(name, 0);
  header.write(octal(0o644, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  if (sizeBytes < FIRST_BINARY_SIZE) header.write(octal(sizeBytes, 11), 124);
  else {
    // The form that GNU, BSD and libarchive all read; ustar has no other.
    header[124] = 0x80;
    header.writeBigUInt64BE(BigInt(sizeBytes), 128);
  }
  header.write(octal(Math.max(0, Math.floor(modifiedAtMs / 1000)), 11), 136);
  header.write("0", 156);
  header.write("ustar\x0000", 257, "latin1");
  header.fill(" ", 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 6)}\0 `, 148, "latin1");
  return header;
}
