import { createSocket } from "node:dgram";
import { once } from "node:events";

export interface DnsServer {
  /** `address:port`, as a resolver takes it. */
  address: string;
  /** Names that were asked for. */
  asked: string[];
  stop(): void;
}

/**
 * A name server that knows TXT records: each record a list of its pieces.
 * Names it doesn't know do not exist.
 */
export async function startDnsServer(
  records: Record<string, string[][]>,
): Promise<DnsServer> {
  const socket = createSocket("udp4");
  const asked: string[] = [];
  socket.on("message", (query, from) => {
    const { name, endOfQuestion } = readName(query);
    asked.push(name);
    const found = records[name.toLowerCase()];
    const head = Buffer.alloc(12);
    query.copy(head, 0, 0, 2);
    // Response, recursion available; NXDOMAIN when nothing is known.
    head.writeUInt16BE(found ? 0x8180 : 0x8183, 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(found?.length ?? 0, 6);
    const question = query.subarray(12, endOfQuestion);
    const answers = (found ?? []).map(formatTxt);
    socket.send(Buffer.concat([head, question, ...answers]), from.port);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked,
    stop: () => socket.close(),
  };
}

function readName(query: Buffer): { name: string; endOfQuestion: number } {
  const labels: string[] = [];
  let at = 12;
  while (query[at] !== 0) {
    const length = query[at]!;
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join("."), endOfQuestion: at + 5 };
}

function formatTxt(pieces: string[]): Buffer {
  const data = Buffer.concat(
    pieces.map((piece) =>
      Buffer.concat([Buffer.from([piece.length]), Buffer.from(piece)]),
    ),
  );
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0); // the name of the question
  head.writeUInt16BE(16, 2); // TXT
  head.writeUInt16BE(1, 4); // IN
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}
