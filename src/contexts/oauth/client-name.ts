/** What people know an application by, wherever it is shown to them. */
export interface NamedClient {
  /** A URL that says where the application comes from. */
  id: string;
  /** A host name, or null for an application on somebody's own machine. */
  host: string | null;
}

/**
 * The host and address of an application, in letters that look like no others:
 * a name may be written in any script, so hosts are shown as DNS has them.
 */
export function describeClient(clientId: string): NamedClient {
  const url = URL.parse(clientId);
  const isLocal = url === null || url.hostname === "localhost";
  return { id: url?.href ?? clientId, host: isLocal ? null : url.hostname };
}

/** The same in one word, where no language is known yet. */
export function nameOf(clientId: string): string {
  return describeClient(clientId).host ?? "localhost";
}
