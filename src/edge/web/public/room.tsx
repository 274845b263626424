import type { Child } from "hono/jsx";
import {
  type MenuSection,
  type PageOptions,
  renderRoom,
} from "#edge/web/shell.tsx";
import type { Shown } from "#edge/web/sign-in.tsx";

/** What the frame of a public page needs to know. */
export interface PublicShown extends Shown {
  path: string;
}

/** Its language goes by the browser and what was chosen there. */
const LASTING = {
  "Cache-Control": "private, no-cache",
  Vary: "Accept-Language, Cookie",
};

/** A page for everybody: a bar that leads to the others, and no secrets. */
export function publicRoom(
  shown: PublicShown,
  options: Pick<PageOptions, "title" | "titleLang" | "status"> & {
    menu?: readonly MenuSection[];
    /** It changes with the program or its settings only, so a browser may ask whether what it has is still good. */
    isLasting?: boolean;
  },
  body: Child,
): Response {
  const { isLasting = false, ...rest } = options;
  const { bar } = shown.text.public;
  const links: [href: string, label: string][] = [
    ["/status", bar.status],
    ["/stats", bar.stats],
    ["/docs", bar.docs],
    ["/api", bar.api],
    ["/account", bar.account],
  ];
  return renderRoom(
    {
      ...shown,
      menu: [],
      ...rest,
      headers: { ...shown.headers, ...(isLasting && LASTING) },
      isPublic: true,
      corner: links.map(([href, label]) => <a href={href}>{label}</a>),
    },
    body,
  );
}
