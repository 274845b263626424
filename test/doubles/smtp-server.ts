import { createServer, type Socket } from "node:net";
import { once } from "node:events";

export interface ReceivedMail {
  from: string;
  to: string[];
  /** Header fields by lower-case name, unfolded. */
  headers: Record<string, string>;
  /** All after the headers, undecoded. */
  body: string;
  raw: string;
}

export interface SmtpServer {
  /** smtp://127.0.0.1:port */
  url: string;
  received: ReceivedMail[];
  /** Credentials that were offered, `user:password`. */
  logins: string[];
  stop(): void;
}

/** What the server answers in place of "250 OK" or "235", per step; null goes on as usual. */
export interface SmtpFaults {
  onLogin?: (login: string) => string | null;
  onRecipient?: (address: string) => string | null;
  onData?: () => string | null;
}

/** A mail server on loopback that keeps what it is given. */
export async function startSmtpServer(
  faults: SmtpFaults = {},
): Promise<SmtpServer> {
  const received: ReceivedMail[] = [];
  const logins: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
    converse(socket, faults, received, logins);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  return {
    url: `smtp://127.0.0.1:${port}`,
    received,
    logins,
    stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function converse(
  socket: Socket,
  faults: SmtpFaults,
  received: ReceivedMail[],
  logins: string[],
): void {
  let envelope = { from: "", to: [] as string[] };
  let data: string[] | null = null;
  let buffer = "";
  const say = (line: string) => socket.write(`${line}\r\n`);

  const take = (line: string): void => {
    if (data !== null) {
      if (line !== ".") {
        data.push(line.replace(/^\./, ""));
        return;
      }
      const fault = faults.onData?.() ?? null;
      if (fault === null) received.push(parse(envelope, data.join("\r\n")));
      data = null;
      say(fault ?? "250 OK");
      return;
    }
    const [verb = ""] = line.split(/[ :]/);
    switch (verb.toUpperCase()) {
      case "EHLO":
        say("250-smtp.test");
        say("250-AUTH PLAIN");
        say("250 8BITMIME");
        return;
      case "AUTH": {
        const secret = Buffer.from(line.split(" ")[2] ?? "", "base64");
        const [, user, password] = secret.toString().split("\0");
        logins.push(`${user}:${password}`);
        say(faults.onLogin?.(`${user}:${password}`) ?? "235 welcome");
        return;
      }
      case "MAIL":
        envelope = { from: addressIn(line), to: [] };
        say("250 OK");
        return;
      case "RCPT": {
        const fault = faults.onRecipient?.(addressIn(line)) ?? null;
        if (fault === null) envelope.to.push(addressIn(line));
        say(fault ?? "250 OK");
        return;
      }
      case "DATA":
        data = [];
        say("354 go on");
        return;
      case "QUIT":
        say("221 bye");
        socket.end();
        return;
      default:
        say("250 OK");
    }
  };

  say("220 smtp.test ESMTP");
  socket.on("data", (chunk) => {
    buffer += chunk.toString("latin1");
    const lines = buffer.split("\r\n");
    buffer = lines.pop()!;
    for (const line of lines) take(line);
  });
}

function addressIn(line: string): string {
  return line.match(/<([^>]*)>/)?.[1] ?? "";
}

function parse(
  envelope: { from: string; to: string[] },
  raw: string,
): ReceivedMail {
  const end = raw.indexOf("\r\n\r\n");
  const fields = raw.slice(0, end).replace(/\r\n[ \t]+/g, " ");
  const headers: Record<string, string> = {};
  for (const field of fields.split("\r\n")) {
    const colon = field.indexOf(":");
    headers[field.slice(0, colon).toLowerCase()] = field
      .slice(colon + 1)
      .trim();
  }
  return { ...envelope, headers, body: raw.slice(end + 4), raw };
}
