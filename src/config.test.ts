import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type ConfigResult, loadConfig } from "./config.ts";
import { OperatorError } from "#lib/errors.ts";

const PUBLIC = {
  TEMPEST_HOSTNAME: "pds.example.com",
  TEMPEST_ADMIN_PASSWORD: "correct horse battery",
};

function serve(env: Record<string, string> = {}): ConfigResult {
  return loadConfig({ mode: "serve", env: { ...PUBLIC, ...env } });
}

function refusalOf(run: () => unknown): OperatorError {
  try {
    run();
  } catch (error) {
    if (error instanceof OperatorError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

function refused(env: Record<string, string>, base = PUBLIC): string {
  const error = refusalOf(() =>
    loadConfig({ mode: "serve", env: { ...base, ...env } }),
  );
  expect(error.exitCode).toBe(78);
  expect(error.hint).not.toBe("");
  return error.message;
}

function withFolder(run: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "tempest-config-"));
  try {
    run(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("dev needs no setting at all", () => {
  const { config, warnings } = loadConfig({ mode: "dev", env: {} });
  expect(warnings).toEqual([]);
  expect(config).toMatchObject({
    devMode: true,
    hostname: "localhost",
    listenHost: "127.0.0.1",
    port: 2583,
    publicUrl: "http://localhost:2583",
    serviceDid: "did:web:localhost",
    dataFolder: resolve("tempest-data-dev"),
    handleDomains: [".test"],
    plcUrl: "http://localhost:2582",
    inviteRequired: false,
    rateLimitsEnabled: false,
  });
});

test("serve derives names from the host name", () => {
  const { config } = serve();
  expect(config).toMatchObject({
    devMode: false,
    listenHost: "0.0.0.0",
    publicUrl: "https://pds.example.com",
    serviceDid: "did:web:pds.example.com",
    serviceName: "pds.example.com PDS",
    dataFolder: resolve("tempest-data"),
    handleDomains: [".pds.example.com"],
    plcUrl: "https://plc.directory",
    inviteRequired: true,
    rateLimitsEnabled: true,
    plcRotationKey: null,
    jwtSecret: null,
    masterKey: null,
  });
});

test("a server configured by the reference's variables alone starts", () => {
  const { config } = loadConfig({
    mode: "serve",
    env: {
      PDS_PORT: "3000",
      PDS_HOSTNAME: "pds.example.com",
      PDS_SERVICE_DID: "did:web:other.example.com",
      PDS_DATA_DIRECTORY: "/pds",
      PDS_BLOBSTORE_DISK_LOCATION: "/pds/blocks",
      PDS_BLOBSTORE_DISK_TMP_LOCATION: "/pds/tmp",
      PDS_BLOB_UPLOAD_LIMIT: "104857600",
      PDS_DID_PLC_URL: "https://plc.example.com/",
      PDS_ADMIN_PASSWORD: "0123456789abcdef",
      PDS_JWT_SECRET: "fedcba9876543210",
      PDS_PLC_ROTATION_KEY_K256_PRIVATE_KEY_HEX: "11".repeat(32),
      PDS_SERVICE_HANDLE_DOMAINS: ".example.com,.example.org",
      PDS_INVITE_REQUIRED: "false",
      PDS_INVITE_INTERVAL: "604800000",
      PDS_EMAIL_SMTP_URL: "smtps://u:p@mail.example.com",
      PDS_EMAIL_FROM_ADDRESS: "pds@example.com",
      PDS_BSKY_APP_VIEW_URL: "https://api.bsky.app",
      PDS_BSKY_APP_VIEW_DID: "did:web:api.bsky.app",
      PDS_REPORT_SERVICE_URL: "https://mod.bsky.app",
      PDS_REPORT_SERVICE_DID: "did:plc:ar7c4by46qjdydhdevvrndac",
      PDS_CRAWLERS: "https://bsky.network, https://relay.example.com",
      PDS_RATE_LIMITS_ENABLED: "true",
      PDS_REPO_BACKFILL_LIMIT_MS: "1000",
      LOG_ENABLED: "true",
    },
  });
  expect(config).toMatchObject({
    port: 3000,
    hostname: "pds.example.com",
    serviceDid: "did:web:other.example.com",
    dataFolder: "/pds",
    blobFolder: "/pds/blocks",
    blobTmpFolder: "/pds/tmp",
    blobUploadLimitBytes: 104_857_600,
    plcUrl: "https://plc.example.com",
    handleDomains: [".example.com", ".example.org"],
    inviteRequired: false,
    inviteIntervalMs: 604_800_000,
    emailFrom: "pds@example.com",
    appView: {
      url: "https://api.bsky.app",
      did: "did:web:api.bsky.app",
      cdnUrlPattern: null,
    },
    reportService: {
      url: "https://mod.bsky.app",
      did: "did:plc:ar7c4by46qjdydhdevvrndac",
    },
    modService: null,
    chatService: { url: "https://api.bsky.chat" },
    videoService: { did: "did:web:video.bsky.app" },
    crawlers: ["https://bsky.network", "https://relay.example.com"],
    backfillWindowMs: 1000,
  });
  expect(config.adminPassword?.reveal()).toBe("0123456789abcdef");
  expect(config.jwtSecret?.reveal()).toBe("fedcba9876543210");
  expect(config.plcRotationKey?.reveal()).toBe("11".repeat(32));
  expect(config.smtpUrl?.reveal()).toBe("smtps://u:p@mail.example.com");
});

test("on localhost the reference's short test secrets and dev mode pass", () => {
  const { config } = loadConfig({
    mode: "serve",
    env: {
      PDS_HOSTNAME: "localhost",
      PDS_PORT: "2600",
      PDS_DEV_MODE: "true",
      PDS_ADMIN_PASSWORD: "admin",
      PDS_JWT_SECRET: "jwt",
    },
  });
  expect(config).toMatchObject({
    devMode: true,
    publicUrl: "http://localhost:2600",
    serviceDid: "did:web:localhost",
    handleDomains: [".test"],
    listenHost: "127.0.0.1",
  });
});

test("flags win over the environment, and that over the file", () => {
  withFolder((folder) => {
    const file = join(folder, "pds.env");
    writeFileSync(
      file,
      'PDS_PORT=1\nexport PDS_SERVICE_NAME="My # host"\nTEMPEST_LOG_LEVEL=error\n# comment\n',
    );
    const load = (flags: Record<string, string>, env: Record<string, string>) =>
      loadConfig({ mode: "dev", file, flags, env }).config;
    expect(load({}, {}).port).toBe(1);
    expect(load({}, { PDS_PORT: "2" }).port).toBe(2);
    expect(load({ TEMPEST_PORT: "3" }, { PDS_PORT: "2" }).port).toBe(3);
    expect(load({}, {}).serviceName).toBe("My # host");
    expect(load({}, { TEMPEST_LOG_LEVEL: "debug" }).logLevel).toBe("debug");
  });
});

test("the TEMPEST name wins over its alias, and says so", () => {
  const { config, warnings } = serve({ TEMPEST_PORT: "1", PDS_PORT: "2" });
  expect(config.port).toBe(1);
  expect(warnings).toContain("PDS_PORT is not used: TEMPEST_PORT is set");
});

test("an empty value is no value", () => {
  expect(serve({ PDS_PORT: "", TEMPEST_CRAWLERS: " " }).config).toMatchObject({
    port: 2583,
    crawlers: [],
  });
});

test("all problems are reported at once, without the values of secrets", () => {
  const message = refused({
    TEMPEST_PORT: "x",
    TEMPEST_PLC_ROTATION_KEY: "not-the-key",
    PDS_BLOBSTORE_S3_BUCKET: "b",
  });
  expect(message).toContain("TEMPEST_PORT must be a whole number");
  expect(message).toContain("TEMPEST_PLC_ROTATION_KEY must be a k256");
  expect(message).toContain("PDS_BLOBSTORE_S3_BUCKET cannot be used");
  expect(message).not.toContain("not-the-key");
});

test("serve without settings says what to set", () => {
  const message = refused({}, {} as typeof PUBLIC);
  expect(message).toContain("TEMPEST_HOSTNAME is not set");
  expect(message).toContain("TEMPEST_ADMIN_PASSWORD is not set");
  expect(message).not.toContain("JWT");
  expect(message).not.toContain("ROTATION");
});

test.each([
  ["TEMPEST_ADMIN_PASSWORD", "short", "easy to guess"],
  ["TEMPEST_ADMIN_PASSWORD", "password123", "easy to guess"],
  ["PDS_JWT_SECRET", "jwt-secret", "TEMPEST_JWT_SECRET is easy"],
  ["PDS_DEV_MODE", "true", "TEMPEST_DEV_MODE cannot"],
  ["PDS_DISABLE_SSRF_PROTECTION", "true", "read from your network"],
  ["TEMPEST_PUBLIC_URL", "http://pds.example.com", "start with https"],
  ["TEMPEST_PUBLIC_URL", "https://other.example.com", "name the host"],
  ["TEMPEST_PUBLIC_URL", "https://pds.example.com/path", "without a path"],
  ["PDS_EMAIL_SMTP_URL", "smtp://mail.example.com", "FROM_ADDRESS must"],
  ["PDS_MOD_SERVICE_URL", "https://mod.example.com", "MOD_SERVICE_DID must"],
  ["PDS_REPORT_SERVICE_DID", "did:web:a.example", "REPORT_SERVICE_URL must"],
  ["PDS_BSKY_APP_VIEW_DID", "did:web:a.example", "APPVIEW_URL must"],
  ["TEMPEST_CHAT_SERVICE_URL", "https://a.example", "SERVICE_DID must"],
  ["TEMPEST_VIDEO_SERVICE_DID", "did:web:a.example", "SERVICE_URL must"],
  ["TEMPEST_PROXY_FULL_AUDIENCES", "*,nobody", "a list, separated by commas"],
  ["TEMPEST_LEXICON_EXTERNAL_RESOLVER", "maybe", "off, on or strict"],
  ["PDS_EMAIL_SMTP_URL", "smtp://", "must be an SMTP URL"],
  ["TEMPEST_SMTP_ENABLED", "true", "needs TEMPEST_SMTP_HOST"],
  ["PDS_DID_CACHE_MAX_TTL", "1", "must not be below"],
  ["TEMPEST_MASTER_KEY_FILE", "/nowhere/key", "cannot read /nowhere/key"],
])("a public server with %s=%s is refused", (name, value, sentence) => {
  expect(refused({ [name]: value })).toContain(sentence);
});

const OPENINGS = {
  PDS_DEV_MODE: "true",
  PDS_DISABLE_SSRF_PROTECTION: "true",
};

test.each(["pds.test", "pds.localhost", "one.lab.internal"])(
  "in a closed network %s may reach its neighbours, and is told what that means",
  (hostname) => {
    const { config, warnings } = serve({
      ...OPENINGS,
      TEMPEST_HOSTNAME: hostname,
    });
    expect(config).toMatchObject({
      ...{ devMode: true, disableSsrfProtection: true },
      publicUrl: `https://${hostname}`,
    });
    expect(warnings.join()).toContain("can read from its network");
    expect(config.rateLimitsEnabled).toBe(false);
    expect(warnings.join()).toContain("without limit: TEMPEST_DEV_MODE is");
  },
);

test.each([
  "internal.example.com",
  "pds.internal.dev",
  "pds.mytest",
  "a.local",
])("%s is no name of a closed network", (hostname) => {
  const message = refused({ ...OPENINGS, TEMPEST_HOSTNAME: hostname });
  expect(message).toContain("TEMPEST_DEV_MODE cannot");
  expect(message).toContain("TEMPEST_DISABLE_SSRF_PROTECTION cannot");
});

test.each([
  ["TEMPEST_HOSTNAME", "pds.example.com"],
  ["TEMPEST_LISTEN_HOST", "0.0.0.0"],
])("dev stays on this machine: %s=%s", (name, value) => {
  const error = refusalOf(() =>
    loadConfig({ mode: "dev", env: { [name]: value } }),
  );
  expect(error.message).toContain("`tempest dev`");
});

test("chat and video stay at home in dev, and without an AppView", () => {
  const offline = { chatService: null, videoService: null };
  expect(serve().config).toMatchObject(offline);
  const env = { TEMPEST_APPVIEW_URL: "http://localhost:2584" };
  const { config } = loadConfig({ mode: "dev", env });
  expect(config).toMatchObject(offline);
});

test.each([
  ["false", "off"],
  ["off", "off"],
  ["true", "on"],
  ["Strict", "strict"],
])("lexicons are looked up: %s means %s", (given, meant) => {
  const { config } = serve({ TEMPEST_LEXICON_EXTERNAL_RESOLVER: given });
  expect(config.lexiconResolution as string).toBe(meant);
});

test("what may be meant is mentioned, not refused", () => {
  const { warnings } = serve({
    TEMPEST_INVITE_REQUIRED: "false",
    TEMPEST_RATE_LIMITS_ENABLED: "false",
  });
  expect(warnings.join("\n")).toMatch(
    /anyone can sign up[^]*without limit[^]*no relay[^]*no mail/,
  );
});

test("a name that nobody knows is mentioned with the nearest one", () => {
  const { warnings } = serve({ TEMPEST_PROT: "1", PDS_QWERTYUIOP: "1" });
  expect(warnings).toContain(
    "TEMPEST_PROT is not a setting; did you mean TEMPEST_PORT?",
  );
  expect(warnings).toContain("PDS_QWERTYUIOP is not a setting");
});

test("a refusal says which names nobody knows: what is missing may be one of them", () => {
  const env = { TEMPEST_HOSTNAM: "pds.example.com", PDS_DPOP_SECRET: "x" };
  const error = refusalOf(() => loadConfig({ mode: "serve", env }));
  expect(error.message).toMatch(
    /HOSTNAME is not set[^]*did you mean TEMPEST_HOSTNAME\?/,
  );
  expect(error.message).toContain("PDS_DPOP_SECRET has no effect");
});

test.each([`"`, `'`])("quotes that nobody took away are told: %s", (quote) => {
  const quoted = (text: string) => quote + text + quote;
  const hostname = refused({ TEMPEST_HOSTNAME: quoted("pds.example.com") });
  expect(hostname).toContain("path, and the quotes around it are a part");
  const { warnings } = serve({ TEMPEST_ADMIN_PASSWORD: quoted("correct") });
  expect(warnings).toContain(
    "TEMPEST_ADMIN_PASSWORD has quotes: the quotes around it are a part of the value",
  );
});

test("a comment behind a value is told to be a part of it", () => {
  const secret = "correct horse battery  # openssl rand -hex 16";
  const { config, warnings } = serve({ TEMPEST_ADMIN_PASSWORD: secret });
  expect(config.adminPassword?.reveal()).toBe(secret);
  expect(warnings).toContain(
    'TEMPEST_ADMIN_PASSWORD has a "#": a comment needs a line of its own',
  );
  expect(refused({ PDS_BLOB_UPLOAD_LIMIT: "1000 # bytes" })).toContain(
    "PDS_BLOB_UPLOAD_LIMIT must be a whole number of bytes of at least 1, and a comment needs a line of its own",
  );
});

test("names of other programs are left alone", () => {
  const { warnings } = serve({ HOME: "/root", OTEL_SERVICE_NAME: "x" });
  expect(warnings.filter((text) => /HOME|OTEL/.test(text))).toEqual([]);
});

test("a secret may lie in a file or a systemd credential", () => {
  withFolder((folder) => {
    const key = "ab".repeat(32);
    writeFileSync(join(folder, "password"), "from the file\n");
    writeFileSync(join(folder, "tempest_master_key"), `${key}\n`);
    const { config } = loadConfig({
      mode: "serve",
      env: {
        PDS_HOSTNAME: "pds.example.com",
        PDS_ADMIN_PASSWORD_FILE: join(folder, "password"),
        CREDENTIALS_DIRECTORY: folder,
      },
    });
    expect(config.adminPassword?.reveal()).toBe("from the file");
    expect(config.masterKey?.reveal()).toEqual(
      new Uint8Array(Buffer.from(key, "hex")),
    );
  });
});

test("a missing settings file is named", () => {
  const error = refusalOf(() =>
    loadConfig({ mode: "dev", env: { TEMPEST_CONFIG: "/nowhere/pds.env" } }),
  );
  expect(error.message).toContain("/nowhere/pds.env");
  expect(error.exitCode).toBe(78);
});

test("a line that is no setting is named by its number", () => {
  withFolder((folder) => {
    const file = join(folder, "pds.env");
    writeFileSync(file, "PDS_PORT=1\nwhat is this\n");
    const error = refusalOf(() => loadConfig({ mode: "dev", file, env: {} }));
    expect(error.message).toContain("line 2");
  });
});

test("systemd's state folder holds the data", () => {
  expect(serve({ STATE_DIRECTORY: "/var/lib/tempest" }).config.dataFolder).toBe(
    "/var/lib/tempest",
  );
});

test("mail by single settings becomes a URL with its special characters escaped", () => {
  const { config } = serve({
    TEMPEST_SMTP_ENABLED: "true",
    TEMPEST_SMTP_HOST: "mail.example.com",
    TEMPEST_SMTP_USERNAME: "me@example.com",
    TEMPEST_SMTP_PASSWORD: "p:/@%",
    TEMPEST_SMTP_TLS: "always",
    TEMPEST_SMTP_FROM_ADDRESS: "pds@example.com",
  });
  const url = new URL(config.smtpUrl!.reveal());
  expect(decodeURIComponent(url.username)).toBe("me@example.com");
  expect(decodeURIComponent(url.password)).toBe("p:/@%");
  expect(url.host).toBe("mail.example.com:587");
  expect(url.searchParams.get("requireTLS")).toBe("true");
  expect(config.emailFrom).toBe('"Tempest" <pds@example.com>');
});

test("the configuration prints without its secrets", () => {
  const { config } = serve({ PDS_JWT_SECRET: "a-very-long-secret" });
  const shown = `${JSON.stringify(config)} ${Bun.inspect(config)}`;
  expect(shown).not.toContain("a-very-long-secret");
  expect(shown).not.toContain(PUBLIC.TEMPEST_ADMIN_PASSWORD);
});
