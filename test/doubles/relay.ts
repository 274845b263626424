import { decodeFrame } from "#repo/frame.ts";
import type { Event } from "../support/events.ts";

/** How the relay behaves; tests change it as they go. */
export interface RelayMood {
  /** Answer to requestCrawl, instead of crawling. */
  refusal: { status: number; error: string; message: string } | null;
  /** What it says of every host, instead of what is so. */
  status: string | null;
  /** The number it claims to have read to, instead of its cursor. */
  seq: number | null;
  /** Answers of any kind wait for this. */
  answerAfter: Promise<void> | null;
  /** Does not read, whoever asks. */
  isDeaf: boolean;
}

/** Reads hosts as a relay does: by request, from where it was, for as long as they let it. */
export interface Relay {
  url: string;
  mood: RelayMood;
  /** Hosts it was asked to crawl, each time. */
  crawls: string[];
  /** How often it was asked how a host stands. */
  statusCalls: number;
  /** What it has read, in order. */
  events: Event[];
  /** Seq of the last event; where it goes on when it connects again. */
  cursor: number;
  isConnected(): boolean;
  /** Ends the connection; the relay comes back only when it is asked. */
  hangUp(): void;
  stop(): Promise<void>;
}

export function startRelay(): Relay {
  let socket: WebSocket | null = null;
  let ownStatus: string | null = null;

  function connect(host: string): void {
    if (socket !== null || relay.mood.isDeaf) return;
    const query = relay.cursor > 0 ? `?cursor=${relay.cursor}` : "";
    socket = new WebSocket(
      `ws://${host}/xrpc/com.atproto.sync.subscribeRepos${query}`,
    );
    socket.binaryType = "arraybuffer";
    const own = socket;
    own.onopen = () => void (ownStatus = "active");
    own.onmessage = ({ data }) => take(new Uint8Array(data as ArrayBuffer));
    own.onclose = () => {
      if (socket !== own) return;
      socket = null;
      if (ownStatus === "active") ownStatus = "offline";
    };
  }

  function take(frame: Uint8Array): void {
    const event = decodeFrame(frame);
    if (event.op === -1) {
      // What relays do with FutureCursor: keep the cursor, and call the host idle.
      ownStatus = "idle";
      hangUp();
      return;
    }
    relay.events.push(event);
    const { seq } = event.payload as { seq?: number };
    relay.cursor = seq ?? relay.cursor;
  }

  function hangUp(): void {
    const own = socket;
    socket = null;
    own?.close();
  }

  async function answer(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    await relay.mood.answerAfter;
    if (pathname === "/xrpc/com.atproto.sync.requestCrawl") {
      const { hostname } = (await request.json()) as { hostname: string };
      relay.crawls.push(hostname);
      const { refusal } = relay.mood;
      if (refusal !== null) {
        const { status, ...body } = refusal;
        return Response.json(body, { status });
      }
      ownStatus ??= "idle";
      connect(hostname);
      return new Response(null);
    }
    if (pathname === "/xrpc/com.atproto.sync.getHostStatus") {
      relay.statusCalls++;
      return statusOf(searchParams.get("hostname")!);
    }
    return Response.json({ error: "MethodNotImplemented" }, { status: 501 });
  }

  function statusOf(hostname: string): Response {
    const { mood, cursor } = relay;
    const status = mood.status ?? ownStatus;
    const seq = mood.seq ?? (cursor > 0 ? cursor : undefined);
    if (status === null && seq === undefined) {
      return Response.json({ error: "HostNotFound" }, { status: 400 });
    }
    return Response.json({
      hostname,
      ...(status !== null && { status }),
      ...(seq !== undefined && { seq }),
    });
  }

  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: answer });
  const relay: Relay = {
    url: server.url.origin,
    mood: {
      refusal: null,
      status: null,
      seq: null,
      answerAfter: null,
      isDeaf: false,
    },
    crawls: [],
    statusCalls: 0,
    events: [],
    cursor: 0,
    isConnected: () => socket !== null && socket.readyState === WebSocket.OPEN,
    hangUp,
    async stop() {
      hangUp();
      await server.stop(true);
    },
  };
  return relay;
}
