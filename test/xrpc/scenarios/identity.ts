import type { ScenarioTable } from "../scenario.ts";

const notFound = (handle: string) => ({
  name: `finds nobody called ${handle}`,
  call: { params: { handle } },
  status: 400,
  error: "HandleNotFound",
});

export const identity: ScenarioTable = {
  "com.atproto.identity.resolveHandle": [
    {
      name: "finds an account here",
      call: { params: { handle: "alice.test" } },
      body: ({ accounts }) => ({ did: accounts.alice.did }),
    },
    {
      name: "finds an account here in any case",
      call: { params: { handle: "Alice.TEST" } },
      body: ({ accounts }) => ({ did: accounts.alice.did }),
    },
    notFound("nobody.test"),
    notFound("nobody.invalid"),
    notFound("nobody.localhost"),
    ...["alice", "alice..test", "@alice.test", `${"x".repeat(250)}.test`].map(
      (handle) => ({
        name: `refuses ${handle.slice(0, 20)}`,
        call: { params: { handle } },
        status: 400,
        error: "InvalidRequest",
      }),
    ),
  ],
};
