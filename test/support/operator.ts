import { ADMIN_PASSWORD, type Network } from "./network.ts";

/** The operator at a browser of a few lines: it keeps cookies and sends forms. */
export interface Operator {
  get(path: string, init?: RequestInit): Promise<Response>;
  /** Follows no redirect: its place is what a test looks at. */
  post(path: string, fields?: Record<string, string>): Promise<Response>;
}

export interface OperatorOptions {
  userAgent?: string;
}

/** Signs in with the admin password. */
export async function signInOperator(
  { url }: Pick<Network, "url">,
  { userAgent = "tests" }: OperatorOptions = {},
): Promise<Operator> {
  const cookies = new Map<string, string>();
  async function send(path: string, init: RequestInit): Promise<Response> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`);
    const response = await fetch(`${url}${path}`, {
      redirect: "manual",
      ...init,
      headers: {
        "accept-language": "en",
        "user-agent": userAgent,
        cookie: cookie.join("; "),
        ...(init.headers as Record<string, string>),
      },
    });
    for (const line of response.headers.getSetCookie()) {
      const [name = "", value = ""] = line.split(";", 1)[0]!.split("=");
      cookies.set(name, value);
    }
    return response;
  }
  const operator: Operator = {
    get: (path, init = {}) => send(path, init),
    post: (path, fields = {}) =>
      send(path, {
        method: "POST",
        headers: { origin: new URL(url).origin },
        body: new URLSearchParams(fields),
      }),
  };
  await operator.get("/admin/sign-in");
  const { status } = await operator.post("/admin/sign-in", {
    password: ADMIN_PASSWORD,
  });
  if (status !== 303) throw new Error(`The operator was not let in: ${status}`);
  return operator;
}
