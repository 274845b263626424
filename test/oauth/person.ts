/** Somebody with a browser that runs no scripts: cookies, links, forms, redirects. */
export interface Person {
  open(url: URL | string): Promise<Screen>;
  /** Fills in the page's form and sends it. A name with several values is ticked so. */
  submit(
    screen: Screen,
    fields: Record<string, string | string[]>,
  ): Promise<Screen>;
  cookies: Map<string, string>;
}

export interface Screen {
  /** Where the browser is in the end; a page of another host is not opened. */
  url: string;
  status: number;
  headers: Headers;
  html: string;
}

export function createPerson(origin: string): Person {
  const cookies = new Map<string, string>();

  async function go(href: string, init: RequestInit): Promise<Screen> {
    const cookie = [...cookies].map((pair) => pair.join("=")).join("; ");
    const response = await fetch(href, {
      ...init,
      redirect: "manual",
      headers: {
        ...(init.headers as Record<string, string>),
        ...(cookie !== "" && { cookie }),
      },
    });
    for (const line of response.headers.getSetCookie()) {
      const [name = "", value = ""] = line.split(";", 1)[0]!.split("=", 2);
      cookies.set(name, value);
    }
    const { status, headers } = response;
    const location = headers.get("location");
    if (location === null) {
      return { url: href, status, headers, html: await response.text() };
    }
    const next = new URL(location, href);
    if (next.origin !== new URL(origin).origin) {
      return { url: next.href, status, headers, html: "" };
    }
    return go(next.href, {});
  }

  return {
    cookies,
    open: (url) => go(String(url), {}),
    submit(screen, fields) {
      const form = readForm(screen);
      for (const [name, value] of Object.entries(fields)) {
        form.fields.delete(name);
        for (const one of [value].flat()) form.fields.append(name, one);
      }
      return go(form.action, {
        method: "POST",
        headers: { origin },
        body: form.fields,
      });
    },
  };
}

/** The fields that a browser would send, as they stand. */
function readForm({ html, url }: Screen): {
  action: string;
  fields: URLSearchParams;
} {
  const [, action] = /<form[^>]* action="([^"]*)"/.exec(html) ?? [];
  if (action === undefined) throw new Error(`no form on the page: ${html}`);
  const fields = new URLSearchParams();
  for (const [input] of html.matchAll(/<input[^>]*>/g)) {
    const attribute = (name: string) =>
      new RegExp(` ${name}="([^"]*)"`).exec(input)?.[1];
    const isBox = attribute("type") === "checkbox";
    if (isBox && !/ checked\b/.test(input)) continue;
    const value = unescape(attribute("value") ?? "");
    fields.append(attribute("name")!, value);
  }
  return { action: new URL(action, url).href, fields };
}

function unescape(text: string): string {
  return text
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}
