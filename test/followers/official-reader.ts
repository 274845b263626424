import { IdResolver } from "@atproto/identity";
import { Firehose, type Event } from "@atproto/sync";
import { call } from "../support/network.ts";
import type { Reader } from "./reader.ts";

/** The package's own resolver, but that names under .test, which are in no DNS, are asked of the server under test. */
function createResolver(url: string, plcUrl: string): IdResolver {
  // Without it the package wants a fetch that refuses this machine.
  const resolver = new IdResolver({ plcUrl, fetch });
  resolver.handle.resolve = async (handle) => {
    const nsid = "com.atproto.identity.resolveHandle";
    const { body } = await call(url, nsid, { params: { handle } });
    return body.did;
  };
  return resolver;
}

/** The Firehose of @atproto/sync, in this process, with all its verification on. */
export function startOfficialReader(url: string, plcUrl: string): Reader {
  const repos = new Map<string, Map<string, string>>();
  const revs = new Map<string, string>();
  const failures: string[] = [];

  function take(event: Event): void {
    const { did } = event;
    switch (event.event) {
      case "create":
      case "update":
        recordsOf(did).set(pathOf(event), event.cid.toString());
        revs.set(did, event.rev);
        break;
      case "delete":
        recordsOf(did).delete(pathOf(event));
        revs.set(did, event.rev);
        break;
      case "sync":
        revs.set(did, event.rev);
        break;
      case "identity":
        if (event.handle === undefined) failures.push(`no handle for ${did}`);
        break;
      case "account":
        if (event.status === "deleted") repos.delete(did);
    }
  }

  function recordsOf(did: string): Map<string, string> {
    const records = repos.get(did) ?? new Map<string, string>();
    repos.set(did, records);
    return records;
  }

  const firehose = new Firehose({
    service: url.replace(/^http/, "ws"),
    idResolver: createResolver(url, plcUrl),
    getCursor: () => 0,
    handleEvent: take,
    onError: (error) => {
      failures.push(`${error.message}: ${String(error.cause)}`);
    },
  });
  void firehose.start();
  return {
    hasReached: (did, rev) => revs.get(did) === rev,
    recordsOf,
    hasForgotten: (did) => !repos.has(did),
    failures: () => failures,
    stop: () => firehose.destroy(),
  };
}

function pathOf(event: { collection: string; rkey: string }): string {
  return `${event.collection}/${event.rkey}`;
}
