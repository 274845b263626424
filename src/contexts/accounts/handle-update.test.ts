import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { XrpcError } from "#lib/errors.ts";
import type { Did, Handle } from "#repo/syntax.ts";
import { cidOfOperation } from "#contexts/identity/plc-operation.ts";
import type { HandleUpdateStep } from "./handle-update.ts";
import { createTestHouse, type TestHouse } from "./test-house.ts";

const OLD = "alice.test" as Handle;
const NEW = "alina.test" as Handle;
const FOREIGN = "alice.example.com" as Handle;

let house: TestHouse;
let did: Did;
let mailboxes = 0;

beforeEach(async () => {
  house = createTestHouse();
  did = await make("alice");
});

afterEach(() => house.remove());

async function make(name: string): Promise<Did> {
  const account = await house.accounts.createAccount(
    {
      handle: `${name}.test`,
      email: `${++mailboxes}@mail.test`,
      password: "password",
    },
    { kind: "anonymous" },
  );
  return account.did;
}

/** An account whose DID is its owner's own. */
async function makeWeb(): Promise<Did> {
  const web = "did:web:carol.example.com" as Did;
  await house.accounts.createAccount(
    {
      handle: "carol.test",
      email: "c@mail.test",
      password: "password",
      did: web,
    },
    { kind: "service", did: web, aud: "did:web:pds.test", lxm: null },
  );
  return web;
}

const change = (handle: string, more: object = {}) =>
  house.accounts.changeHandle({ did, handle, ...more });

async function refusal(run: () => Promise<unknown>): Promise<string> {
  try {
    await run();
    return "none";
  } catch (error) {
    const { status, error: name } = error as XrpcError;
    return `${status} ${name}`;
  }
}

const handleHere = () => house.db.accounts.find(did)?.handle;
const namesInPlc = async () =>
  (await house.plc.client.getData(did)).alsoKnownAs;

/** Everything has the new handle, once, and nothing is left to do. */
async function expectDone(handle: Handle): Promise<void> {
  expect(handleHere()).toBe(handle);
  const names = await namesInPlc();
  expect(names).toEqual([`at://${handle}`]);
  expect(house.told.at(-1)).toEqual({ kind: "identity", did, handle });
  expect(house.db.handleUpdates.list()).toEqual([]);
}

async function expectUntouched(): Promise<void> {
  expect(handleHere()).toBe(OLD);
  expect(await namesInPlc()).toEqual([`at://${OLD}`]);
  expect(house.told).toEqual([]);
  expect(house.db.handleUpdates.list()).toEqual([]);
}

describe("a new handle", () => {
  test("is in the identity, here, and told, when the call returns", async () => {
    await change(NEW);
    await expectDone(NEW);
    expect(house.told).toHaveLength(1);
  });

  test("is written in lower case", async () => {
    await change("AliNa.Test");
    await expectDone(NEW);
  });

  test("frees the old one for others", async () => {
    await change(NEW);
    const bob = await make("alice");
    expect(bob).not.toBe(did);
    expect(house.db.accounts.find(bob)!.handle).toBe(OLD);
  });

  test("can be taken back", async () => {
    await change(NEW);
    await change(OLD);
    await expectDone(OLD);
  });

  test("works for a deactivated account", async () => {
    await house.accounts.states.deactivate(did);
    await change(NEW);
    await expectDone(NEW);
  });

  test("leaves the other names of the identity alone", async () => {
    const { client } = house.plc;
    await client.update(did, house.rotationSigner, (data) => ({
      ...data,
      alsoKnownAs: ["https://alice.example.com", ...data.alsoKnownAs],
    }));
    await change(NEW);
    expect(await namesInPlc()).toEqual([
      "https://alice.example.com",
      `at://${NEW}`,
    ]);
  });

  test("that is the old one makes no operation and tells again", async () => {
    await change(OLD);
    await expectDone(OLD);
    expect(await house.plc.client.getLog(did)).toHaveLength(1);
  });

  test("that is the old one mends an identity that says another", async () => {
    await house.plc.client.update(did, house.rotationSigner, (data) => ({
      ...data,
      alsoKnownAs: ["at://wrong.test"],
    }));
    await change(OLD);
    await expectDone(OLD);
  });
});

describe("a handle is refused", () => {
  test.each([
    ["no handle", "nonsense", "400 InvalidHandle"],
    ["two labels", "a.lice.test", "400 InvalidHandle"],
    ["too short", "al.test", "400 InvalidHandle"],
    ["too long", `${"a".repeat(19)}.test`, "400 InvalidHandle"],
    ["a domain that is none", "alice.localhost", "400 InvalidHandle"],
    ["reserved", "admin.test", "400 HandleNotAvailable"],
    ["taken", "bob.test", "400 HandleNotAvailable"],
    ["of another domain and leads nowhere", FOREIGN, "400 InvalidHandle"],
  ])("that is %s", async (_what, handle, expected) => {
    await make("bob");
    house.told.length = 0;
    expect(await refusal(() => change(handle))).toBe(expected);
    await expectUntouched();
  });

  test("that leads to another DID", async () => {
    house.handles.set(FOREIGN, "did:plc:bobbbbbbbbbbbbbbbbbbbbbb" as Did);
    expect(await refusal(() => change(FOREIGN))).toBe("400 InvalidHandle");
    await expectUntouched();
  });

  test("when the identity's owner has taken the server's key out", async () => {
    await house.plc.client.update(did, house.rotationSigner, (data) => ({
      ...data,
      rotationKeys: [house.recoveryDidKey],
    }));
    expect(await refusal(() => change(NEW))).toBe("400 InvalidRequest");
    await expectUntouched();
  });

  test("when the identity was ended", async () => {
    await house.plc.client.tombstone(did, house.rotationSigner);
    expect(await refusal(() => change(NEW))).toBe("400 InvalidRequest");
    expect(handleHere()).toBe(OLD);
  });

  test("to an account that isn't here", async () => {
    const nobody = { did: "did:plc:nobodyyyyyyyyyyyyyyyyyyy" as Did };
    expect(await refusal(() => change(NEW, nobody))).toBe(
      "403 AccountNotFound",
    );
  });
});

test("the operator may give reserved names, but not those of others", async () => {
  await change("admin.test", { byOperator: true });
  await expectDone("admin.test" as Handle);
  await make("bob");
  const take = () => change("bob.test", { byOperator: true });
  expect(await refusal(take)).toBe("400 HandleNotAvailable");
});

test("a handle of another domain is taken when it leads to the DID", async () => {
  house.handles.set(FOREIGN, did);
  await change(FOREIGN);
  await expectDone(FOREIGN);
});

describe("a did:web", () => {
  test("must claim the handle before", async () => {
    const web = await makeWeb();
    const updated = () => house.db.accounts.find(web)!.handle;
    const rename = () =>
      house.accounts.changeHandle({ did: web, handle: "carola.test" });
    expect(await refusal(rename)).toBe("400 InvalidRequest");
    house.claims.set(web, ["at://carol.test", "at://carola.test"]);
    expect(await refusal(rename)).toBe("400 InvalidRequest");
    expect(updated()).toBe("carol.test" as Handle);
    house.claims.set(web, ["at://carola.test"]);
    await rename();
    expect(updated()).toBe("carola.test" as Handle);
    expect(house.told).toEqual([
      { kind: "identity", did: web, handle: "carola.test" as Handle },
    ]);
  });
});

describe("a crash", () => {
  test.each<HandleUpdateStep>(["reserved", "submitted", "stored"])(
    "at %s is made good at the next start",
    async (step) => {
      house.crashAt(step);
      await expect(change(NEW)).rejects.toThrow(`killed at ${step}`);
      house.restart();
      await house.accounts.resumeHandleUpdates();
      await expectDone(NEW);
      expect(house.told).toHaveLength(1);
      expect(await house.plc.client.getLog(did)).toHaveLength(2);
    },
  );

  test("sends the very operation that was signed", async () => {
    house.crashAt("reserved");
    await expect(change(NEW)).rejects.toThrow("killed");
    const kept = JSON.parse(house.db.handleUpdates.find(did)!.operationJson!);
    house.restart();
    await house.accounts.resumeHandleUpdates();
    const last = await house.plc.client.getLastOp(did);
    expect(cidOfOperation(last)).toBe(cidOfOperation(kept));
    await expectDone(NEW);
  });

  test("before anything is stored leaves nothing", async () => {
    house.plc.failure = new XrpcError("UpstreamTimeout", "no answer");
    expect(await refusal(() => change(NEW))).toBe("504 UpstreamTimeout");
    house.plc.failure = null;
    await expectUntouched();
  });
});

describe("while the directory is away", () => {
  beforeEach(async () => {
    house.crashAt("reserved");
    await change(NEW).catch(() => {});
    house.restart();
    house.plc.failure = new XrpcError("UpstreamFailure", "no route");
  });

  test("the change waits, and says so", async () => {
    expect(await refusal(() => change(NEW))).toBe("503 ServiceUnavailable");
    await house.accounts.resumeHandleUpdates();
    expect(house.db.handleUpdates.find(did)).toMatchObject({
      attempts: 2,
      lastError: expect.stringContaining("no route"),
    });
    expect(handleHere()).toBe(OLD);
    house.plc.failure = null;
    await house.accounts.resumeHandleUpdates();
    await expectDone(NEW);
  });

  test("nobody else gets either handle", async () => {
    house.plc.failure = null;
    expect(await refusal(() => make("alina"))).toBe("400 HandleNotAvailable");
    const bob = await make("bob");
    const rename = (handle: string) =>
      refusal(() => house.accounts.changeHandle({ did: bob, handle }));
    expect(await rename(NEW)).toBe("400 HandleNotAvailable");
    expect(await rename(OLD)).toBe("400 HandleNotAvailable");
  });

  test("the same call again finishes it, without a second operation", async () => {
    house.plc.failure = null;
    await change(NEW);
    await expectDone(NEW);
    expect(house.told).toHaveLength(1);
  });

  test("another handle comes after it", async () => {
    house.plc.failure = null;
    await change("aline.test");
    await expectDone("aline.test" as Handle);
    expect(await house.plc.client.getLog(did)).toHaveLength(3);
  });
});

describe("an operation that the directory refuses", () => {
  beforeEach(async () => {
    house.crashAt("reserved");
    await change(NEW).catch(() => {});
    house.restart();
    // Somebody else changes the identity meanwhile, so that `prev` is stale.
    await house.plc.client.update(did, house.rotationSigner, (data) => ({
      ...data,
      alsoKnownAs: [...data.alsoKnownAs, "https://alice.example.com"],
    }));
  });

  test("is given up at a start", async () => {
    await house.accounts.resumeHandleUpdates();
    expect(handleHere()).toBe(OLD);
    expect(house.db.handleUpdates.list()).toEqual([]);
    expect(house.told).toEqual([]);
    expect(house.db.accounts.find(await make("alina"))).not.toBeNull();
  });

  test("gives way to a new one", async () => {
    await change(NEW);
    expect(handleHere()).toBe(NEW);
    expect(await namesInPlc()).toEqual([
      `at://${NEW}`,
      "https://alice.example.com",
    ]);
  });

  test("is told to who asked for it", async () => {
    await house.accounts.resumeHandleUpdates();
    const submit = house.plc.client.submit;
    house.plc.client.submit = () => {
      throw new XrpcError("InvalidRequest", "bad key");
    };
    expect(await refusal(() => change(NEW))).toBe("502 UpstreamFailure");
    house.plc.client.submit = submit;
    expect(house.db.handleUpdates.list()).toEqual([]);
  });
});

test("two changes at once both happen, one after the other", async () => {
  const names = ["aline.test", "alisa.test"];
  await Promise.all(names.map((handle) => change(handle)));
  expect(house.told).toHaveLength(2);
  await expectDone(handleHere()!);
  expect(await house.plc.client.getLog(did)).toHaveLength(3);
});

test("two accounts that want one handle: one gets it", async () => {
  const bob = await make("bob");
  const answers = await Promise.all([
    refusal(() => change(NEW)),
    refusal(() => house.accounts.changeHandle({ did: bob, handle: NEW })),
  ]);
  expect(answers.sort()).toEqual(["400 HandleNotAvailable", "none"]);
});

test("a change dies with its account", async () => {
  house.crashAt("reserved");
  await change(NEW).catch(() => {});
  house.restart();
  house.db.accounts.update(did, { deletingAtMs: 1 });
  await house.accounts.resumeHandleUpdates();
  expect(house.db.handleUpdates.list()).toEqual([]);
  expect(await namesInPlc()).toEqual([`at://${OLD}`]);
});
