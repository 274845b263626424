import type { Child } from "hono/jsx";
import type { BrowserAccount } from "#contexts/oauth/browsers.ts";
import { Act } from "#edge/web/parts.tsx";
import {
  type MenuSection,
  type PageOptions,
  renderRoom,
} from "#edge/web/shell.tsx";
import type { Shown } from "#edge/web/sign-in.tsx";
import type { Text } from "#edge/web/text/catalogue.ts";

/** Who looks at a page of an account, and at which. */
export interface OwnerShown extends Shown {
  owner: BrowserAccount;
  /** Who else is signed in in this browser. */
  others: readonly BrowserAccount[];
  path: string;
  notice: string | null;
}

type Options = Pick<PageOptions, "title" | "status" | "scripts">;

/** A page of an account, with its menu and the way out. */
export function accountRoom(
  shown: OwnerShown,
  options: Options,
  body: Child,
): Response {
  const { text, owner, others } = shown;
  return renderRoom(
    {
      ...shown,
      ...options,
      menu: accountMenu(text),
      corner: (
        <>
          <span>{`@${owner.handle}`}</span>
          {others.map(({ did, handle }) => (
            <Act action="/account/switch" fields={{ account: did }}>
              {text.shell.switchTo(handle)}
            </Act>
          ))}
          <Act action="/account/sign-out" look="plain">
            {text.shell.signOut}
          </Act>
        </>
      ),
    },
    body,
  );
}

/** The one table of the pages of an account, in the order of the menu. */
function accountMenu({ account }: Text): MenuSection[] {
  return [
    {
      title: null,
      items: [{ href: "/account", label: account.overview.title }],
    },
  ];
}
