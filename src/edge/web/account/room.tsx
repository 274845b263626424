import type { Child } from "hono/jsx";
import type { BrowserAccount } from "#contexts/oauth/browsers.ts";
import { Act } from "#edge/web/parts.tsx";
import {
  type MenuSection,
  type PageOptions,
  renderRoom,
} from "#edge/web/shell.tsx";
import type { Shown } from "#edge/web/sign-in.tsx";

/** Who looks at a page of an account, and at which. */
export interface OwnerShown extends Shown {
  owner: BrowserAccount;
  /** Who else is signed in in this browser. */
  others: readonly BrowserAccount[];
  path: string;
  menu: readonly MenuSection[];
  notice: string | null;
}

interface Options extends Pick<PageOptions, "title" | "status" | "scripts"> {
  /** What was wrong with a form that is shown again; stands above the page, with status 400. */
  fault?: string | null;
}

/** A page of an account, with its menu and the way out. */
export function accountRoom(
  shown: OwnerShown,
  options: Options,
  body: Child,
): Response {
  const { text, owner, others } = shown;
  const { fault = null, ...page } = options;
  return renderRoom(
    {
      ...shown,
      ...(fault !== null && { status: 400 }),
      ...page,
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
    <>
      {fault !== null && (
        <p class="alert" role="alert">
          {fault}
        </p>
      )}
      {body}
    </>,
  );
}
