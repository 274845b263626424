// Looks again every two seconds while the page is in sight, until the page says
// by loading no such script that nothing is under way. Without scripts there is
// a link that does the same.
const timer = setInterval(async () => {
  if (document.hidden) return;
  const answer = await fetch(location.href, {
    headers: { accept: "text/html" },
  });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(
    await answer.text(),
    "text/html",
  );
  const fresh = page.querySelector("main");
  const main = document.querySelector("main");
  // Whoever is at a button must not lose it.
  if (fresh === null || main.contains(document.activeElement)) return;
  main.replaceWith(fresh);
  if (!page.querySelector('script[src$="-reload.client.js"]')) {
    clearInterval(timer);
  }
}, 2000);
