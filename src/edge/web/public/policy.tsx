import { publicRoom, type PublicShown } from "./room.tsx";

/** A text of the operator: what holds here. */
export function policyPage(
  shown: PublicShown,
  name: "privacy" | "terms",
  html: string,
): Response {
  const title = shown.text.public.home[name];
  return publicRoom(
    shown,
    { title, isLasting: true },
    <article class="prose" dangerouslySetInnerHTML={{ __html: html }} />,
  );
}

/** Says in a page that there is none; programs are told in JSON. */
export function notFoundPage(shown: PublicShown): Response {
  const words = shown.text.public.notFound;
  return publicRoom(
    shown,
    { title: words.title, status: 404 },
    <>
      <p>{words.sentence}</p>
      <p>
        <a href="/">{words.home}</a>
      </p>
    </>,
  );
}
