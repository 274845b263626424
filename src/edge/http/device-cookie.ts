/** The cookie by which a browser is known on the pages of sign-in. */
export interface DeviceCookie {
  read(headers: Headers): string | null;
  /** Value of Set-Cookie. */
  write(value: string): string;
}

/** The longest that browsers keep any cookie. */
const MAX_AGE_SEC = 400 * 24 * 60 * 60;

export function createDeviceCookie(publicUrl: string): DeviceCookie {
  const isSecure = publicUrl.startsWith("https:");
  // Browsers take this prefix only over TLS, from this very host, for all paths.
  const name = isSecure ? "__Host-tempest-device" : "tempest-device";
  return {
    read(headers) {
      for (const part of (headers.get("cookie") ?? "").split(";")) {
        const [key, value] = part.trim().split("=", 2);
        if (key === name && value !== undefined) return value;
      }
      return null;
    },
    write: (value) =>
      `${name}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${MAX_AGE_SEC}${isSecure ? "; Secure" : ""}`,
  };
}
