// Looks again every two seconds while the page is in sight, until the page says
// by loading no such script that nothing is under way, or is gone. Without
// scripts there is a link that does the same.
const timer = setInterval(async () => {
  if (document.hidden) return;
  const answer = await fetch(location.href, {
    headers: { accept: "text/html" },
  });
  // The server may be back in a moment; a page that is gone stays gone.
  if (!answer.ok) {
    if (answer.status < 500 && answer.status !== 429) clearInterval(timer);
    return;
  }
  const page = new DOMParser().parseFromString(
    await answer.text(),
    "text/html",
  );
  const isLast = !page.querySelector('script[src$="-reload.client.js"]');
  if (isLast) clearInterval(timer);
  const fresh = page.querySelector("main");
  const main = document.querySelector("main");
  if (fresh === null) return;
  if (!main.contains(document.activeElement)) {
    main.replaceWith(fresh);
    return;
  }
  // Whoever is at a button must not lose it, and sees the end when they leave it.
  if (!isLast) return;
  main.addEventListener("focusout", ({ relatedTarget }) => {
    if (!main.contains(relatedTarget)) main.replaceWith(fresh);
  });
}, 2000);
