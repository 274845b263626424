/** Says while somebody types whether the handle is free. */
const input = document.getElementById("handle");
const end = document.getElementById("handle-end");
const status = document.getElementById("handle-status");
const QUIET_MS = 400;
let timer = 0;
let asked = new AbortController();

function say(text, names = []) {
  status.replaceChildren(text);
  for (const name of names) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "plain small";
    button.textContent = name;
    button.addEventListener("click", () => {
      input.value = name.slice(0, -endOf().length);
      input.focus();
      void look();
    });
    status.append(" ", button);
  }
}

function endOf() {
  return "value" in end ? end.value : end.textContent;
}

async function look() {
  asked.abort();
  asked = new AbortController();
  const name = input.value.trim().replace(/^@/, "").toLowerCase();
  if (name === "") return say("");
  const handle = name.includes(".") ? name : name + endOf();
  const query = new URLSearchParams({ handle });
  try {
    const response = await fetch(
      `/xrpc/com.atproto.temp.checkHandleAvailability?${query}`,
      { signal: asked.signal },
    );
    const { result, error } = await response.json();
    if (error === "InvalidHandle") return say(status.dataset.form);
    if (!response.ok) return say("");
    if (result.$type.endsWith("#resultAvailable")) {
      return say(status.dataset.free);
    }
    const free = result.suggestions.map((one) => one.handle).slice(0, 3);
    const { taken, alone } = status.dataset;
    say(free.length > 0 ? taken : alone, free);
  } catch {
    // The form is checked when it is sent.
  }
}

function lookSoon() {
  clearTimeout(timer);
  timer = setTimeout(look, QUIET_MS);
}

document.querySelector(".without-scripts")?.remove();
input.addEventListener("input", lookSoon);
end.addEventListener("change", lookSoon);
