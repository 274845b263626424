import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mkdtemp, rm } from "node:fs/promises";
import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import type { BlobUpload } from "#edge/contexts.ts";
import { ALICE, chunked, CID_TEXT, startTestEdge } from "#edge/edge-fixture.ts";

const host = startTestEdge();
const folder = await mkdtemp(join(tmpdir(), "tempest-edge-"));
afterAll(async () => {
  await host.edge.stop(0);
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  host.calls = [];
  host.answer = null;
  host.status = "active";
});

const query = `?did=${ALICE}&cid=${CID_TEXT}`;

describe("getBlob", () => {
  test("sends a file with its exact length, as nothing that a browser would run", async () => {
    const path = join(folder, "file");
    await Bun.write(path, "<script>alert(1)</script>".repeat(5000));
    const { size } = Bun.file(path);
    host.answer = () => ({
      stream: Bun.file(path).stream(),
      sizeBytes: size,
      mimeType: "text/html",
    });
    const response = await host.call("com.atproto.sync.getBlob", { query });
    const headers = Object.fromEntries(response.headers);
    expect(headers).toMatchObject({
      "content-type": "text/html",
      "content-length": String(size),
      "content-disposition": `attachment; filename="${CID_TEXT}"`,
      "content-security-policy": "default-src 'none'; sandbox",
      "cross-origin-resource-policy": "cross-origin",
      "x-content-type-options": "nosniff",
      "accept-ranges": "bytes",
      etag: `"${CID_TEXT}"`,
    });
    expect((await response.arrayBuffer()).byteLength).toBe(size);
  });

  test("sends nothing to whoever has it already", async () => {
    let isLetGo = false;
    host.answer = () => ({
      stream: new ReadableStream({ cancel: () => void (isLetGo = true) }),
      sizeBytes: 3,
      mimeType: "image/png",
    });
    const headers = { "if-none-match": `W/"x", "${CID_TEXT}"` };
    const init = { query, headers };
    const response = await host.call("com.atproto.sync.getBlob", init);
    expect(response.status).toBe(304);
    expect(response.headers.get("etag")).toBe(`"${CID_TEXT}"`);
    expect(await response.text()).toBe("");
    expect(isLetGo).toBe(true);
  });

  test.each([
    ["bytes=2-4", 206, "234", "bytes 2-4/10"],
    ["bytes=7-", 206, "789", "bytes 7-9/10"],
    ["bytes=-2", 206, "89", "bytes 8-9/10"],
    ["bytes=10-", 416, "", "bytes */10"],
    ["bytes=a-b", 200, "0123456789", null],
  ])(
    "sends the part of a file that %s names",
    async (range, status, text, part) => {
      const path = join(folder, "ten");
      await Bun.write(path, "0123456789");
      host.answer = () => ({
        stream: Bun.file(path).stream(),
        sizeBytes: 10,
        mimeType: "text/plain",
      });
      const init = { query, headers: { range } };
      const response = await host.call("com.atproto.sync.getBlob", init);
      expect(response.status).toBe(status);
      expect(response.headers.get("content-range")).toBe(part);
      const units = part === null ? null : "bytes";
      expect(response.headers.get("accept-ranges")).toBe(units);
      expect(await response.text()).toBe(text);
    },
  );

  test("answers HEAD with the length", async () => {
    const stream = new Blob(["abc"]).stream();
    host.answer = () => ({ stream, sizeBytes: 3, mimeType: "image/png" });
    const init = { query, method: "HEAD" };
    const response = await host.call("com.atproto.sync.getBlob", init);
    expect(response.headers.get("content-length")).toBe("3");
    expect(response.headers.get("content-type")).toBe("image/png");
  });
});

describe("uploadBlob", () => {
  async function takeUpload(name: string): Promise<unknown> {
    if (name !== "uploadBlob") return {};
    const { body } = host.calls[0]!.args[0] as BlobUpload;
    const size = Buffer.concat(await Array.fromAsync(body)).length;
    const ref = { $link: CID_TEXT };
    return { blob: { $type: "blob", ref, mimeType: "a/b", size } };
  }
  const send = (body: BodyInit, headers: Record<string, string> = {}) => {
    host.answer = takeUpload;
    return host.call("com.atproto.repo.uploadBlob", {
      body,
      token: "main",
      headers: { "content-type": "image/png", ...headers },
    });
  };

  test("hands on the bytes as they come, with what was announced", async () => {
    const response = await send(new Uint8Array(1_000_000));
    expect(await response.json()).toMatchObject({ blob: { size: 1_000_000 } });
    expect(host.calls[0]!.args[0]).toMatchObject({
      contentType: "image/png",
      contentLength: 1_000_000,
      caller: { did: ALICE },
    });
  });

  test("knows no length of chunks and of what was compressed", async () => {
    await send(chunked("abc"));
    expect(host.calls[0]!.args[0]).toMatchObject({ contentLength: null });
    host.calls = [];
    const packed = Bun.gzipSync("x".repeat(10_000));
    const response = await send(packed, { "content-encoding": "gzip" });
    expect(host.calls[0]!.args[0]).toMatchObject({ contentLength: null });
    expect(await response.json()).toMatchObject({ blob: { size: 10_000 } });
  });

  test("ends a body in chunks at the limit", async () => {
    const response = await send(chunked("x".repeat(3_000_000)));
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ error: "PayloadTooLarge" });
  });

  test("takes an empty file", async () => {
    const response = await send(new Uint8Array(0));
    expect(await response.json()).toMatchObject({ blob: { size: 0 } });
  });
});

describe("getRepo", () => {
  test("asks for no more than the client takes, and stops when it leaves", async () => {
    const cancelled = Promise.withResolvers<void>();
    let pulls = 0;
    host.answer = () =>
      new ReadableStream({
        pull(controller) {
          pulls++;
          controller.enqueue(new Uint8Array(64 * 1024));
        },
        cancel: () => cancelled.resolve(),
      });
    const socket = connect(host.edge.port, "127.0.0.1");
    socket.write(
      `GET /xrpc/com.atproto.sync.getRepo?did=${ALICE} HTTP/1.1\r\nHost: x\r\n\r\n`,
    );
    await new Promise((resolve) => socket.once("readable", resolve));
    // Nobody reads: once the buffers in between are full, pulling must end.
    let seen = -1;
    while (seen !== pulls) {
      seen = pulls;
      for (let i = 0; i < 200; i++) await new Promise(setImmediate);
    }
    expect(pulls).toBeLessThan(1000);
    socket.destroy();
    await cancelled.promise;
  });

  test("that breaks off breaks the connection, and is logged", async () => {
    host.logLines.length = 0;
    host.answer = () =>
      new ReadableStream({
        pull(controller) {
          controller.error(new Error("a block is missing"));
        },
      });
    const whole = host
      .call("com.atproto.sync.getRepo", { query: `?did=${ALICE}` })
      .then((response) => response.arrayBuffer());
    await expect(whole).rejects.toThrow("closed");
    await whole.catch(() => undefined);
    const line = host.logLines.find(
      (line) => line.event === "answer broke off",
    );
    expect(line).toMatchObject({ nsid: "com.atproto.sync.getRepo" });
  });
});
