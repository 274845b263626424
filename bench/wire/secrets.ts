import { createHmac } from "node:crypto";

/** Both servers have them, so that rows can make tokens that are nearly right. */
export const ADMIN_PASSWORD = "password-of-compare";
export const JWT_SECRET = "a-secret-of-compare-that-both-servers-know";

export const basicAuth = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;

export const ADMIN = basicAuth("admin", ADMIN_PASSWORD);

interface Changes {
  header?: object;
  claims?: object;
  secret?: string;
}

/** The same token with other words, signed with the secret of both. */
export function changeToken(
  token: string,
  { header = {}, claims = {}, secret = JWT_SECRET }: Changes,
): string {
  const [head = "", body = ""] = token.split(".");
  const input = [
    encode({ ...decode(head), ...header }),
    encode({ ...decode(body), ...claims }),
  ].join(".");
  const signature = createHmac("sha256", secret).update(input);
  return `${input}.${signature.digest("base64url")}`;
}

const encode = (part: object) =>
  Buffer.from(JSON.stringify(part)).toString("base64url");

const decode = (part: string): object =>
  JSON.parse(Buffer.from(part, "base64url").toString());
