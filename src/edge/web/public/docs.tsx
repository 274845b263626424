import type { MenuSection } from "#edge/web/shell.tsx";
import {
  changelogPage,
  listManual,
  type ManualPage,
  searchManual,
} from "./manual.ts";
import { SearchForm } from "#edge/web/parts.tsx";
import { publicRoom, type PublicShown } from "./room.tsx";

/** The manual is not translated. */
const LANG = "en";
const hrefOf = ({ slug }: ManualPage) => `/docs/${slug}`;

function menuOf({ text }: PublicShown): MenuSection[] {
  return [
    ...listManual().map(({ title, pages }) => ({
      ...{ title, lang: LANG },
      items: pages.map((page) => ({
        ...{ href: hrefOf(page), label: page.title, lang: LANG },
      })),
    })),
    {
      title: null,
      items: [{ href: "/changelog", label: text.public.docs.changelog }],
    },
  ];
}

/** The contents of the manual, or what a search found. */
export function manualIndex(shown: PublicShown, query: string): Response {
  const words = shown.text.public.docs;
  const found = query === "" ? null : searchManual(query);
  return publicRoom(
    shown,
    { title: words.title, menu: menuOf(shown), isLasting: true },
    <>
      <SearchForm action="/docs" submit={words.go}>
        <label class="field">
          {words.search}
          <input type="search" name="q" value={query} maxlength={100} />
        </label>
      </SearchForm>
      {found === null ? (
        listManual().map(({ title, pages }) => (
          <section class="card">
            <h2 lang={LANG}>{title}</h2>
            <PageList pages={pages} />
          </section>
        ))
      ) : (
        <section class="card">
          <p role="status">{words.found(found.length, query)}</p>
          <PageList pages={found} />
        </section>
      )}
    </>,
  );
}

function PageList({ pages }: { pages: readonly ManualPage[] }) {
  return (
    <ul lang={LANG}>
      {pages.map((page) => (
        <li>
          <a href={hrefOf(page)}>{page.title}</a>
        </li>
      ))}
    </ul>
  );
}

/** One page of the manual, with the way to its neighbours. */
export function manualPage(shown: PublicShown, page: ManualPage): Response {
  const words = shown.text.public.docs;
  const order = listManual().flatMap(({ pages }) => pages);
  const at = order.indexOf(page);
  const [before, after] = [order[at - 1], order[at + 1]];
  return publicRoom(
    shown,
    {
      title: page.title,
      titleLang: LANG,
      menu: menuOf(shown),
      isLasting: true,
    },
    <>
      <article
        class="prose"
        lang={LANG}
        dangerouslySetInnerHTML={{ __html: page.html }}
      />
      {at >= 0 && (
        <nav class="pager" aria-label={shown.text.shell.pages}>
          <span>
            {before && (
              <a href={hrefOf(before)} rel="prev">
                {`${words.before}: `}
                <span lang={LANG}>{before.title}</span>
              </a>
            )}
          </span>
          {after && (
            <a href={hrefOf(after)} rel="next">
              {`${words.after}: `}
              <span lang={LANG}>{after.title}</span>
            </a>
          )}
        </nav>
      )}
    </>,
  );
}

export function changelog(shown: PublicShown): Response {
  return manualPage(shown, changelogPage());
}
