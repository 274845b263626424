import { describe, expect, test } from "bun:test";
import { openUpload } from "./upload.ts";

const FILE = Buffer.from("file\r\n--not the mark\r\n\r\n\0\xff", "latin1");

/** A form as browsers send it, in pieces of a size. */
async function requestOf(form: FormData, pieceBytes: number): Promise<Request> {
  const whole = new Response(form);
  const headers = { "content-type": whole.headers.get("content-type")! };
  const bytes = new Uint8Array(await whole.arrayBuffer());
  let at = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, (at += pieceBytes)));
    },
  });
  return new Request("http://a.test", { method: "POST", headers, body });
}

const readAll = async (stream: ReadableStream<Uint8Array>) =>
  Buffer.from(await new Response(stream).arrayBuffer());

describe("the file of a form", () => {
  test("comes out as it went in, however it was cut", async () => {
    for (const pieceBytes of [1, 2, 3, 7, 64, 100_000]) {
      const form = new FormData();
      form.set("before", "a field\r\n\r\n");
      form.set("car", new Blob([FILE]), "my.car");
      form.set("after", "another");
      const request = await requestOf(form, pieceBytes);
      expect(await readAll(await openUpload(request))).toEqual(FILE);
    }
  });

  test("may be empty, and must be there", async () => {
    const form = new FormData();
    form.set("car", new Blob([]), "empty.car");
    const request = await requestOf(form, 10);
    expect((await readAll(await openUpload(request))).length).toBe(0);
    const none = new FormData();
    none.set("car", "no file");
    await expect(openUpload(await requestOf(none, 10))).rejects.toMatchObject({
      error: "InvalidRequest",
    });
    const other = new Request("http://a.test", { method: "POST", body: "a" });
    await expect(openUpload(other)).rejects.toMatchObject({
      error: "UnsupportedMediaType",
    });
  });

  test("that was cut short is no whole one", async () => {
    const body =
      '--b\r\nContent-Disposition: form-data; filename="a"\r\n\r\nhalf';
    const headers = { "content-type": "multipart/form-data; boundary=b" };
    const request = new Request("http://a.test", {
      ...{ method: "POST", headers, body },
    });
    await expect(readAll(await openUpload(request))).rejects.toThrow(
      "cut short",
    );
  });
});
