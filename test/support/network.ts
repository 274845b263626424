import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createApp, type App, type AppDeps } from "#app.ts";
import { loadConfig, type Config } from "#config.ts";
import { createMailbox, type Mailbox } from "#dev/mailbox.ts";
import { createPlcDirectory } from "#dev/plc/directory.ts";
import { systemClock } from "#lib/clock.ts";
import { findPort } from "./ports.ts";

export const ADMIN_PASSWORD = "admin-password-of-tests";

export interface NetworkOptions {
  /** Settings by name, over those that a test network has. */
  settings?: Record<string, string>;
  /** Data folder to use and leave; a new one that is removed unless given. */
  dataFolder?: string;
  deps?: AppDeps;
}

export interface TestAccount {
  did: string;
  handle: string;
  password: string;
  accessJwt: string;
  refreshJwt: string;
}

/** Answer of a call: the body is JSON where the server says so, else bytes. */
export interface Answer<Body = never> {
  status: number;
  headers: Headers;
  body: Body;
}

export interface CallOptions {
  params?: Record<string, string | number | boolean | string[] | undefined>;
  /** JSON, or bytes with `type`. */
  input?: unknown;
  type?: string;
  /** Bearer token, or a whole Authorization header with a space in it. */
  token?: string;
  headers?: Record<string, string>;
}

/** A whole network in this process: directory, server and captured mail. */
export interface Network {
  url: string;
  plcUrl: string;
  config: Config;
  app: App;
  mailbox: Mailbox;
  /** A query without `input`, a procedure with it. Never throws for a status. */
  // oxlint-disable-next-line typescript/no-explicit-any
  call(nsid: string, options?: CallOptions): Promise<Answer<any>>;
  /** Makes `<name>.test`, signed in. */
  createAccount(name: string): Promise<TestAccount>;
  /** Stops and starts the server on the same folder. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function startNetwork(
  options: NetworkOptions = {},
): Promise<Network> {
  const dataFolder =
    options.dataFolder ?? mkdtempSync(join(tmpdir(), "tempest-test-"));
  const directory = createPlcDirectory({ clock: systemClock });
  const plc = directory.start({ port: 0, hostname: "127.0.0.1" });
  const mailbox = createMailbox();
  const port = await findPort();
  const { config } = loadConfig({
    mode: "dev",
    env: {},
    flags: {
      TEMPEST_DATA_DIR: dataFolder,
      TEMPEST_PORT: String(port),
      TEMPEST_DID_PLC_URL: plc.url,
      TEMPEST_ADMIN_PASSWORD: ADMIN_PASSWORD,
      ...options.settings,
    },
  });
  const open = () =>
    createApp(config, {
      mailTransport: mailbox.transport,
      checks: "strict",
      ...options.deps,
    });
  const network: Network = {
    url: config.publicUrl,
    plcUrl: plc.url,
    config,
    mailbox,
    app: await open(),
    call: (nsid, input) => call(config.publicUrl, nsid, input),
    createAccount: (name) => createAccount(config.publicUrl, name),
    async restart() {
      await network.app.stop();
      network.app = await open();
      await network.app.start();
    },
    async stop() {
      await network.app.stop();
      await plc.stop();
      directory.close();
      if (options.dataFolder === undefined) {
        rmSync(dataFolder, { recursive: true, force: true });
      }
    },
  };
  await network.app.start();
  return network;
}

/** One XRPC call to any server. */
export async function call(
  url: string,
  nsid: string,
  options: CallOptions = {},
  // oxlint-disable-next-line typescript/no-explicit-any
): Promise<Answer<any>> {
  const { input, token } = options;
  const isBytes = input instanceof Uint8Array || typeof input === "string";
  const headers: Record<string, string> = {
    ...(token !== undefined && {
      authorization: token.includes(" ") ? token : `Bearer ${token}`,
    }),
    ...(input !== undefined && {
      "content-type": options.type ?? "application/json",
    }),
    ...options.headers,
  };
  const response = await fetch(`${url}/xrpc/${nsid}${query(options.params)}`, {
    headers,
    ...(input !== undefined && {
      method: "POST",
      body: (isBytes ? input : JSON.stringify(input)) as BodyInit,
    }),
  });
  const isJson = response.headers.get("content-type")?.includes("json");
  const bytes = new Uint8Array(await response.arrayBuffer());
  const body =
    isJson === true ? JSON.parse(new TextDecoder().decode(bytes)) : bytes;
  return { status: response.status, headers: response.headers, body };
}

function query(params: CallOptions["params"] = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) {
      search.append(name, String(one));
    }
  }
  return search.size === 0 ? "" : `?${search}`;
}

/** @throws Error unless the server makes the account. */
export async function createAccount(
  url: string,
  name: string,
): Promise<TestAccount> {
  const password = `${name}-password`;
  const input = {
    handle: `${name}.test`,
    email: `${name}@mail.test`,
    password,
  };
  const answer = await call(url, "com.atproto.server.createAccount", { input });
  if (answer.status !== 200) {
    throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
  }
  return { ...answer.body, password };
}
