/**
 * Sends the answer without leaving the page, then goes where it leads by a
 * plain request: some browsers inside of apps follow a redirect out of a site
 * from that alone. Without this script the form is sent as any other.
 */
const form = document.querySelector("form[data-consent]");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const fields = new FormData(form, event.submitter);
  const answer = {
    client_id: fields.get("client_id"),
    request_uri: fields.get("request_uri"),
    account: fields.get("account"),
    decision: fields.get("decision"),
    scope: fields.getAll("scope"),
  };
  const buttons = form.querySelectorAll("button");
  for (const button of buttons) button.disabled = true;
  try {
    const response = await fetch(form.action, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(answer),
    });
    const { url } = await response.json();
    if (response.ok) return location.assign(url);
  } catch {
    // The page that the form leads to says what is wrong.
  }
  const decision = document.createElement("input");
  decision.type = "hidden";
  decision.name = "decision";
  decision.value = answer.decision;
  form.append(decision);
  form.submit();
});

// Back from the application, the page would be as it was left.
addEventListener("pageshow", () => {
  for (const button of form.querySelectorAll("button")) button.disabled = false;
});
