/** A cookie of the pages on which people sign in and decide. */
export interface PageCookie {
  read(headers: Headers): string | null;
  /** Value of Set-Cookie. */
  write(value: string): string;
  /** Value of Set-Cookie that takes it away. */
  clear(): string;
}

/** The longest that browsers keep any cookie. */
export const LONGEST_SEC = 400 * 24 * 60 * 60;

/** @param maxAgeSec how long it is kept; null until the browser is closed */
export function createPageCookie(
  publicUrl: string,
  name: string,
  maxAgeSec: number | null,
): PageCookie {
  const isSecure = publicUrl.startsWith("https:");
  // Browsers take this prefix only over TLS, from this very host, for all paths.
  const fullName = isSecure ? `__Host-tempest-${name}` : `tempest-${name}`;
  const rules = `; Path=/; HttpOnly; SameSite=Lax${isSecure ? "; Secure" : ""}`;
  const age = maxAgeSec === null ? "" : `; Max-Age=${maxAgeSec}`;
  return {
    read(headers) {
      for (const part of (headers.get("cookie") ?? "").split(";")) {
        const [key, value] = part.trim().split("=", 2);
        if (key === fullName && value) return value;
      }
      return null;
    },
    write: (value) => `${fullName}=${value}${rules}${age}`,
    clear: () => `${fullName}=${rules}; Max-Age=0`,
  };
}
