import { invalidRequest, XrpcError } from "#lib/errors.ts";

export interface HostStatus {
  hostname: string;
  /** Of the newest event. */
  seq: number;
  accountCount: number;
  status: "active";
}

/**
 * What relays answer about hosts, for the one host that this server knows: its
 * own. Tools ask a host itself when they want to know what a relay should see.
 */
export interface Host {
  /** @throws XrpcError HostNotFound for another host. */
  getHostStatus(params: { hostname: string }): HostStatus;
  /**
   * Passes the request on to the relays, unless they were asked a short while ago.
   * @throws XrpcError InvalidRequest for another host: this server reads none.
   */
  requestCrawl(input: { hostname: string }): void;
  /** The same; what is new is sent to relays as it comes. */
  notifyOfUpdate(input: { hostname: string }): void;
}

export function createHost(deps: {
  publicUrl: string;
  lastSeq(): number;
  countAccounts(): number;
  notifyRelays(): void;
}): Host {
  const { host, hostname } = new URL(deps.publicUrl);
  const isOurs = (text: string) =>
    [host, hostname].includes(text.trim().toLowerCase());

  function takeNotice(input: { hostname: string }): void {
    if (!isOurs(input.hostname)) {
      throw invalidRequest(
        `This server is no relay; it speaks for ${host} alone`,
      );
    }
    deps.notifyRelays();
  }

  return {
    getHostStatus(params) {
      if (!isOurs(params.hostname)) {
        throw new XrpcError("HostNotFound", "This server knows only itself");
      }
      return {
        hostname: host,
        seq: deps.lastSeq(),
        accountCount: deps.countAccounts(),
        status: "active",
      };
    },
    requestCrawl: takeNotice,
    notifyOfUpdate: takeNotice,
  };
}
