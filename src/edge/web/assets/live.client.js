// Adds what comes to the top of a table while one looks at it. Without scripts
// there is a link that loads the page anew.
const MOST_ROWS = 200;

for (const box of document.querySelectorAll("[data-live]")) follow(box);

function follow(box) {
  const words = JSON.parse(box.dataset.words);
  const [rows, state, pause, loud] = ["rows", "state", "pause", "loud"].map(
    (name) => box.querySelector(`[data-live-${name}]`),
  );
  const body = rows.querySelector("tbody");
  let { last } = box.dataset;
  let source = null;

  function begin() {
    const url = new URL(box.dataset.live, location.href);
    url.searchParams.set("after", last);
    source = new EventSource(url);
    source.onopen = () => say(words.on);
    source.onerror = () =>
      say(source.readyState === EventSource.CLOSED ? words.lost : words.again);
    source.addEventListener("part", ({ data, lastEventId }) => {
      last = lastEventId;
      add(JSON.parse(data));
    });
    source.addEventListener("end", () => {
      source.close();
      say(words.ended);
      pause.hidden = true;
    });
  }

  function add({ html, hasMore }) {
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    if (hasMore) fresh.content.append(gap());
    body.prepend(fresh.content);
    while (body.rows.length > MOST_ROWS) body.lastElementChild.remove();
  }

  function gap() {
    const row = document.createElement("tr");
    const cell = row.insertCell();
    cell.colSpan = box.querySelectorAll("thead th").length;
    cell.textContent = words.more;
    return row;
  }

  function say(sentence) {
    if (state.textContent !== sentence) state.textContent = sentence;
  }

  pause.addEventListener("click", () => {
    const isPaused = source.readyState === EventSource.CLOSED;
    pause.textContent = isPaused ? words.pause : words.resume;
    if (isPaused) {
      begin();
    } else {
      source.close();
      say(words.paused);
    }
  });
  loud.addEventListener("change", ({ target }) => {
    rows.setAttribute("aria-live", target.checked ? "polite" : "off");
  });
  pause.hidden = false;
  loud.hidden = false;
  begin();
}
