import { expect, test } from "bun:test";
import { createFakeClock } from "#lib/clock.ts";
import { OperatorError, XrpcError } from "#lib/errors.ts";
import { seedNetwork } from "./seeds.ts";

/** A server that knows no handle, and makes no account for a reason. */
function seedAgainst(refusal: Error) {
  const asked: string[] = [];
  const accounts = seedNetwork({
    url: "http://localhost:1",
    clock: createFakeClock(),
    handleDomain: ".test",
    async fetch(url) {
      asked.push(new URL(url).pathname);
      return Response.json({ error: "InvalidRequest" }, { status: 400 });
    },
    createAccount: () => Promise.reject(refusal),
  });
  return { accounts, asked };
}

test("names nobody whose name or address is taken", async () => {
  const refusal = new XrpcError("HandleNotAvailable", "Handle already taken");
  const { accounts, asked } = seedAgainst(refusal);
  expect(await accounts).toEqual([]);
  expect(new Set(asked)).toEqual(
    new Set(["/xrpc/com.atproto.identity.resolveHandle"]),
  );
});

test("says where to look when the directory is away", async () => {
  const refusal = new XrpcError("UpstreamFailure", "nobody answers");
  const error = await seedAgainst(refusal).accounts.catch((error) => error);
  expect(error).toBeInstanceOf(OperatorError);
  expect(error).toMatchObject({
    message: "alice.test can't be made: nobody answers",
    hint: expect.stringContaining("TEMPEST_DID_PLC_URL"),
    exitCode: 69,
  });
});

test("hides no fault of ours", async () => {
  const fault = new TypeError("undefined is no function");
  await expect(seedAgainst(fault).accounts).rejects.toBe(fault);
});
