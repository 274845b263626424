import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { findTool } from "../../scripts/tools.ts";
import { type Network, startNetwork } from "../support/network.ts";

const client = findTool("python-client");

let network: Network;
beforeAll(async () => {
  network = await startNetwork();
});
afterAll(() => network.stop());

async function runSession(client: string, args: string[]) {
  const script = join(import.meta.dir, "python-session.py");
  const child = Bun.spawn(["python3", script, ...args], {
    env: { ...process.env, PYTHONPATH: join(client, "..") },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  if ((await child.exited) !== 0) throw new Error(err);
  return JSON.parse(out);
}

async function work(): Promise<void> {
  const { did, handle, password } = await network.createAccount("pythia");
  const args = [network.url, handle, password];
  expect(await runSession(client!, args)).toEqual({
    did,
    handle,
    text: "from Python",
    alt: "a pixel",
    blobSize: 70,
    likes: 1,
    resumed: handle,
    rootIsHere: true,
    events: ["Account", "Commit", "Identity", "Sync"],
  });
}

if (client !== null || process.env["CI"]) {
  test("the Python client signs in, posts, likes, exports and follows", work);
} else {
  test.skip("the Python client is not installed", () => {});
}
