// Looks again every two seconds while the page is in sight. Without scripts
// there is a link that does the same.
setInterval(async () => {
  if (document.hidden) return;
  const answer = await fetch(location.href, {
    headers: { accept: "text/html" },
  });
  if (!answer.ok) return;
  const fresh = new DOMParser()
    .parseFromString(await answer.text(), "text/html")
    .querySelector("main");
  const main = document.querySelector("main");
  // Whoever is at a button must not lose it.
  if (fresh !== null && !main.contains(document.activeElement)) {
    main.replaceWith(fresh);
  }
}, 2000);
