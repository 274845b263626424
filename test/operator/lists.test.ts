import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { listPath } from "#edge/web/admin/list-path.ts";
import { ADMIN_LISTS } from "#edge/web/admin/lists.ts";
import {
  ADMIN_PASSWORD,
  type Network,
  startNetwork,
} from "../support/network.ts";
import { type Operator, signInOperator } from "../support/operator.ts";
import { until } from "../support/until.ts";

const FORMULA = '=HYPERLINK("https://evil.test")';
const MANY = 450; // three pages

describe("lists of the operator's pages as files", () => {
  let network: Network;
  let operator: Operator;

  beforeAll(async () => {
    network = await startNetwork();
    for (const name of ["alice", "bob", "carla"]) {
      await network.createAccount(name);
    }
    operator = await signInOperator(network, { userAgent: FORMULA });
  });
  afterAll(() => network.stop());

  const names = Object.keys(ADMIN_LISTS) as (keyof typeof ADMIN_LISTS)[];
  const linesOf = async (path: string) => {
    const response = await operator.get(path);
    expect(response.status).toBe(200);
    const lines = (await response.text()).split("\r\n");
    expect(lines.at(-1)).toBe("");
    return lines.slice(0, -1);
  };

  test.each(names)(
    "%s: is there for the operator, and for nobody else",
    async (name) => {
      const { headers } = await operator.get(listPath(name));
      expect(headers.get("content-type")).toStartWith("text/csv");
      expect(headers.get("content-disposition")).toMatch(
        /^attachment; filename="[a-z-]+\.csv"$/,
      );
      const lines = await linesOf(listPath(name));
      expect(lines[0]).toMatch(/^"[a-z_]+"(,"[a-z_]+")+$/);
      const stranger = await fetch(`${network.url}${listPath(name)}`, {
        redirect: "manual",
      });
      expect(stranger.status).toBe(303);
      expect(stranger.headers.get("location")).toStartWith("/admin/sign-in");
    },
  );

  test("hold every page of the list, in its order", async () => {
    const { queue } = network.app;
    const dueAtMs = Date.now() + 9e9;
    for (let i = 0; i < MANY; i++) {
      queue.enqueue({ name: "later", payload: null, dueAtMs });
    }
    const lines = await linesOf(listPath("jobs"));
    const ids = lines.slice(1).map((line) => Number(line.split(",", 1)[0]));
    expect(ids.length).toBeGreaterThanOrEqual(MANY);
    expect(ids).toEqual([...new Set(ids)].toSorted((a, b) => b - a));
    const made = await network.call("com.atproto.server.createInviteCodes", {
      input: { codeCount: MANY, useCount: 2 },
      token: `Basic ${btoa(`admin:${ADMIN_PASSWORD}`)}`,
    });
    expect(made.status).toBe(200);
    const codes = (await linesOf(listPath("invites"))).slice(1);
    expect(new Set(codes).size).toBe(MANY);
  });

  test("hold what the filter finds", async () => {
    const lines = await linesOf(`${listPath("accounts")}?q=bob&sort=oldest`);
    expect(lines.length).toBe(2);
    expect(lines[1]).toContain('"bob.test","bob@mail.test","active"');
    expect((await linesOf(listPath("storage"))).length).toBe(4);
    const made = await linesOf(
      `${listPath("events")}?account=bob.test&kind=accountCreated`,
    );
    expect(made.length).toBe(2);
    expect(made[1]).toContain('"bob.test","accountCreated",1,');
    const nobody = await linesOf(`${listPath("events")}?account=nobody.test`);
    expect(nobody.length).toBe(1);
  });

  test("hold no formula of a stranger, and no code that opens an account", async () => {
    const sessions = await linesOf(listPath("sessions"));
    expect(sessions.join("\n")).toContain(
      `"'=HYPERLINK(""https://evil.test"")"`,
    );
    await network.call("com.atproto.server.requestPasswordReset", {
      input: { email: "bob@mail.test" },
    });
    const letters = (await linesOf(listPath("letters"))).join("\n");
    expect(letters).toContain('"bob@mail.test"');
    expect(letters).not.toMatch(/[A-Z2-7]{5}-[A-Z2-7]{5}/);
    await until("the letter is sent", 10_000, async () => {
      const sent = await linesOf(`${listPath("letters")}?state=sent`);
      return sent.length > 1;
    });
    const failed = await linesOf(`${listPath("letters")}?state=failed`);
    expect(failed.length).toBe(1);
  }, 20_000);
});
