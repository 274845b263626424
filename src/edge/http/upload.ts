import { invalidRequest, XrpcError } from "#lib/errors.ts";

/**
 * The one file of a form, as it comes: a form of browsers without scripts can
 * send it in no other way, and it may be far larger than memory. Fields before
 * the file are passed over, what follows it is not looked at.
 * @throws XrpcError UnsupportedMediaType, InvalidRequest when there is no file.
 * @see https://www.rfc-editor.org/rfc/rfc7578
 */
export async function openUpload(
  request: Request,
): Promise<ReadableStream<Uint8Array>> {
  const type = request.headers.get("content-type") ?? "";
  const boundary = /^multipart\/form-data;.*boundary="?([^";]{1,200})"?/i.exec(
    type,
  )?.[1];
  if (boundary === undefined || request.body === null) {
    throw new XrpcError("UnsupportedMediaType", "Send a form with a file");
  }
  const source = createSource(request.body.getReader());
  // The first one has no line break before it; with one, all are alike.
  source.push(Buffer.from("\r\n"));
  const mark = Buffer.from(`\r\n--${boundary}`);
  for (;;) {
    await source.skipPast(mark);
    const head = await source.readPast(Buffer.from("\r\n\r\n"), MAX_HEAD_BYTES);
    if (head === null)
      throw invalidRequest("There is no file in the form").because(
        "uploadNone",
      );
    if (/^content-disposition:.*filename=/im.test(head.toString("latin1"))) {
      return source.streamUpTo(mark);
    }
  }
}

const MAX_HEAD_BYTES = 8 * 1024;

function createSource(reader: ReadableStreamDefaultReader<Uint8Array>) {
  let held = Buffer.alloc(0);

  async function more(): Promise<boolean> {
    const { done, value } = await reader.read();
    if (done) return false;
    held =
      held.length === 0 ? Buffer.from(value) : Buffer.concat([held, value]);
    return true;
  }

  /** Reads on until the mark is held; returns where, or -1 at the end. What can't be part of it goes to `pass`. */
  async function find(
    mark: Buffer,
    pass: (bytes: Buffer) => void,
  ): Promise<number> {
    for (;;) {
      const at = held.indexOf(mark);
      if (at >= 0) return at;
      const safe = Math.max(0, held.length - mark.length + 1);
      if (safe > 0) {
        pass(held.subarray(0, safe));
        held = held.subarray(safe);
      }
      if (!(await more())) return -1;
    }
  }

  return {
    push: (bytes: Buffer) => void (held = Buffer.concat([held, bytes])),
    async skipPast(mark: Buffer): Promise<void> {
      const at = await find(mark, () => {});
      if (at < 0)
        throw invalidRequest("There is no file in the form").because(
          "uploadNone",
        );
      held = held.subarray(at + mark.length);
    },
    async readPast(mark: Buffer, maxBytes: number): Promise<Buffer | null> {
      for (;;) {
        const at = held.indexOf(mark);
        if (at >= 0) {
          const head = held.subarray(0, at);
          held = held.subarray(at + mark.length);
          return head;
        }
        if (held.length > maxBytes || !(await more())) return null;
      }
    },
    streamUpTo(mark: Buffer): ReadableStream<Uint8Array> {
      return new ReadableStream<Uint8Array>({
        async pull(controller) {
          let isSent = false;
          const send = (bytes: Buffer) => {
            if (bytes.length === 0) return;
            controller.enqueue(new Uint8Array(bytes));
            isSent = true;
          };
          while (!isSent) {
            const at = held.indexOf(mark);
            if (at >= 0) {
              send(held.subarray(0, at));
              controller.close();
              return;
            }
            const safe = Math.max(0, held.length - mark.length + 1);
            send(held.subarray(0, safe));
            held = held.subarray(safe);
            if (!isSent && !(await more())) {
              controller.error(
                invalidRequest("The upload was cut short").because("uploadCut"),
              );
              return;
            }
          }
        },
        cancel: (reason) => reader.cancel(reason),
      });
    },
  };
}
