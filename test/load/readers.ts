import { openRaw, type RawReader } from "./websocket.ts";

/**
 * Many readers of the firehose as a program of its own:
 *
 *   bun test/load/readers.ts PORT
 *
 * Its input is a line of JSON for each command, which it answers by a line.
 */
const port = Number(process.argv[2]);
const PATH = "/xrpc/com.atproto.sync.subscribeRepos";

/** How they behave: who is honest reads as fast as it comes. */
export type Kind = "honest" | "slow" | "stalled" | "reconnecting";
export type Command =
  | { do: "open"; counts: Record<Kind, number> }
  | { do: "close"; kinds: readonly Kind[] }
  /** Whoever was slow or stalled reads as fast as it comes. */
  | { do: "resume" }
  /** Begins a new measurement of how late events arrive. */
  | { do: "mark" }
  | { do: "lags" }
  /** Waits until honest readers have an event. */
  | { do: "report"; lastSeq: number; timeoutMs: number };
export interface Report {
  /** Sentences; none when all was as it should be. */
  problems: string[];
  readers: number;
  connections: number;
  messages: number;
  /** Connections that the server ended. */
  ended: number;
}

const SLOW_BYTES = 16 * 1024;
const SLOW_EVERY_MS = 100;
const RECONNECT_MS = 1500;
const OPENING_AT_ONCE = 50;
/** One in so many honest readers tells how late events are. */
const TIMED = 10;

/** One connection: the numbers and checksums that came over it. */
interface Connection {
  kind: Kind;
  cursor: number | null;
  seqs: number[];
  sums: number[];
  /** Of a message that is no event: an error. */
  word: string | null;
  /** The reader wants to go. */
  isLeaving: boolean;
  /** The server ended it. */
  isLost: boolean;
}

interface Reader {
  kind: Kind;
  current: Connection;
  raw: RawReader;
  timer: Timer | null;
  /** It is to have every event, unless the server ends it for being slow. */
  isAwaited: boolean;
}

const connections: Connection[] = [];
let readers: Reader[] = [];
let lags: number[] = [];

const SEQ = Buffer.from("63736571" + "1b", "hex"); // "seq", then eight bytes
const STAMP = Buffer.from("load/t"); // in the path of a record, then micros
const STAMP_CHARS = 16;

function take(connection: Connection, bytes: Uint8Array, isTimed: boolean) {
  const message = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const at = message.indexOf(SEQ);
  if (at < 0) {
    connection.word = message.toString("latin1");
    return;
  }
  const seq = Number(message.readBigUInt64BE(at + SEQ.length));
  connection.seqs.push(seq);
  connection.sums.push(Bun.hash.crc32(message));
  if (!isTimed) return;
  const stamp = message.indexOf(STAMP);
  if (stamp < 0) return;
  const from = stamp + STAMP.length;
  const micros = message.toString("latin1", from, from + STAMP_CHARS);
  lags.push(nowMicros() / 1000 - Number(micros) / 1000);
}

function nowMicros(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1000);
}

async function join(
  kind: Kind,
  cursor: number | null,
  isTimed: boolean,
): Promise<Reader> {
  const connection: Connection = {
    kind,
    cursor,
    seqs: [],
    sums: [],
    word: null,
    isLeaving: false,
    isLost: false,
  };
  const query = cursor === null ? "" : `?cursor=${cursor}`;
  const raw = openRaw(port, PATH + query, (bytes) =>
    take(connection, bytes, isTimed),
  );
  await raw.opened;
  connections.push(connection);
  const isAwaited = kind === "honest" || kind === "reconnecting";
  const timer = null;
  const reader: Reader = { kind, current: connection, raw, timer, isAwaited };
  void noteEnd(raw, connection);
  if (isAwaited) raw.flow();
  if (kind === "slow") {
    reader.timer = setInterval(() => raw.pull(SLOW_BYTES), SLOW_EVERY_MS);
  }
  return reader;
}

async function noteEnd(raw: RawReader, connection: Connection) {
  await raw.closed;
  connection.isLost = !connection.isLeaving;
}

/** Goes and comes back with the number of the last event that it has. */
function keepReconnecting(reader: Reader): void {
  reader.timer = setTimeout(async () => {
    const { current, raw } = reader;
    const last = current.seqs.at(-1) ?? current.cursor;
    current.isLeaving = true;
    raw.close();
    await raw.closed;
    if (!readers.includes(reader)) return;
    const next = await join("reconnecting", last, false);
    Object.assign(reader, { current: next.current, raw: next.raw });
    keepReconnecting(reader);
  }, RECONNECT_MS);
}

async function open(counts: Record<Kind, number>): Promise<object> {
  const kinds = (Object.keys(counts) as Kind[]).flatMap((kind) =>
    Array.from({ length: counts[kind] }, (_, i) => [kind, i] as const),
  );
  for (let at = 0; at < kinds.length; at += OPENING_AT_ONCE) {
    const some = kinds.slice(at, at + OPENING_AT_ONCE);
    const joined = await Promise.all(
      some.map(([kind, i]) =>
        join(kind, null, kind === "honest" && i % TIMED === 0),
      ),
    );
    readers.push(...joined);
    for (const reader of joined) {
      if (reader.kind === "reconnecting") keepReconnecting(reader);
    }
  }
  return { open: readers.length };
}

function close(kinds: readonly Kind[]): object {
  const leaving = readers.filter(({ kind }) => kinds.includes(kind));
  readers = readers.filter(({ kind }) => !kinds.includes(kind));
  for (const reader of leaving) {
    reader.current.isLeaving = true;
    clearTimeout(reader.timer ?? undefined);
    reader.raw.close();
  }
  return { open: readers.length };
}

function resume(): object {
  for (const reader of readers) {
    if (reader.kind !== "slow" && reader.kind !== "stalled") continue;
    clearInterval(reader.timer ?? undefined);
    reader.isAwaited = true;
    reader.raw.flow();
  }
  return {};
}

/**
 * What came over each connection must be one piece, without a hole, of what
 * the honest reader has who has most, and was there from the beginning.
 */
function verify(): string[] {
  const problems: string[] = [];
  const whole = connections.reduce((most, connection) =>
    connection.seqs.length > most.seqs.length ? connection : most,
  );
  const indexes = new Map(whole.seqs.map((seq, index) => [seq, index]));
  for (let i = 1; i < whole.seqs.length; i++) {
    if (whole.seqs[i]! <= whole.seqs[i - 1]!) problems.push("seq falls");
  }
  for (const connection of connections) {
    const { kind, cursor, seqs, sums, word, isLost } = connection;
    const say = (text: string) => problems.push(`${kind}: ${text}`);
    const isSlow = word?.includes("ConsumerTooSlow") === true;
    if (isLost && !isSlow) say(`cut off, ${word}`);
    if (word !== null && (!isSlow || kind === "honest")) say(word);
    const first = indexes.get(seqs[0] ?? -1);
    if (first === undefined) {
      if (seqs.length > 0) say(`begins with ${seqs[0]}, which nobody sent`);
      continue;
    }
    if (cursor !== null && first > 0 && whole.seqs[first - 1]! > cursor) {
      say(`${seqs[0]} came after ${cursor}`);
    }
    for (let i = 0; i < seqs.length; i++) {
      if (
        seqs[i] === whole.seqs[first + i] &&
        sums[i] === whole.sums[first + i]
      )
        continue;
      say(`${seqs[i]} came where ${whole.seqs[first + i]} should have`);
      break;
    }
  }
  return problems;
}

async function report(lastSeq: number, timeoutMs: number): Promise<Report> {
  const endMs = performance.now() + timeoutMs;
  const waiting = () =>
    readers.filter(
      ({ isAwaited, current }) =>
        isAwaited &&
        !current.isLost &&
        (current.seqs.at(-1) ?? current.cursor ?? 0) < lastSeq,
    );
  while (waiting().length > 0 && performance.now() < endMs) {
    await Bun.sleep(20);
  }
  const problems = verify();
  const late = waiting().length;
  if (late > 0) problems.push(`${late} readers lack the last event`);
  return {
    problems: problems.slice(0, 20),
    readers: readers.length,
    connections: connections.length,
    messages: connections.reduce((sum, { seqs }) => sum + seqs.length, 0),
    ended: connections.filter(({ isLost }) => isLost).length,
  };
}

function obey(command: Command): object | Promise<object> {
  switch (command.do) {
    case "open":
      return open(command.counts);
    case "close":
      return close(command.kinds);
    case "resume":
      return resume();
    case "mark":
      lags = [];
      return {};
    case "lags":
      return lags;
    case "report":
      return report(command.lastSeq, command.timeoutMs);
  }
}

for await (const line of console) {
  console.log(JSON.stringify(await obey(JSON.parse(line))));
}
process.exit(0);
