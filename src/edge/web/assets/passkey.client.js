/**
 * Passkeys on the pages of this server. A button with `data-passkey-get` or
 * `data-passkey-create` holds the options; the answer goes into the field
 * `passkey` of its form, which is then sent like any other.
 */

const decode = (text) => {
  const base64 = text.replaceAll("-", "+").replaceAll("_", "/");
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
};

const encode = (buffer) => {
  if (!buffer) return undefined;
  const text = String.fromCharCode(...new Uint8Array(buffer));
  const base64 = btoa(text).replaceAll("+", "-").replaceAll("/", "_");
  return base64.replace(/=+$/, "");
};

const withBytes = (keys) =>
  (keys ?? []).map((key) => ({ ...key, id: decode(key.id) }));

const request = (options) => ({
  ...options,
  challenge: decode(options.challenge),
  allowCredentials: withBytes(options.allowCredentials),
});

const creation = (options) => ({
  ...options,
  challenge: decode(options.challenge),
  user: { ...options.user, id: decode(options.user.id) },
  excludeCredentials: withBytes(options.excludeCredentials),
});

const describe = ({ id, rawId, type, response }) => ({
  id,
  rawId: encode(rawId),
  type,
  clientExtensionResults: {},
  response: {
    clientDataJSON: encode(response.clientDataJSON),
    attestationObject: encode(response.attestationObject),
    authenticatorData: encode(response.authenticatorData),
    signature: encode(response.signature),
    userHandle: encode(response.userHandle),
    transports: response.getTransports?.(),
  },
});

/** The waiting of the fields' own suggestions; ends when a button is pressed. */
let waiting = null;

/** A challenge counts for five minutes; a page may stand open for longer. */
const RENEW_MS = 4 * 60_000;
const openedAt = Date.now();

/** What a button asks for, with a challenge that still counts. */
const optionsOf = async ({ dataset }, since) => {
  const options = JSON.parse(dataset.passkeyGet);
  if (Date.now() - since < RENEW_MS) return request(options);
  const response = await fetch("/oauth/passkey-challenge", { method: "POST" });
  if (!response.ok) throw new Error("no challenge");
  const { challenge } = await response.json();
  return request({ ...options, challenge });
};

const send = (button, credential) => {
  const { form } = button;
  form.elements.namedItem("passkey").value = JSON.stringify(
    describe(credential),
  );
  // Other fields may be empty, so what the browser would check is left out.
  form.submit();
};

const press = async (button) => {
  waiting?.abort();
  waiting = null;
  button.disabled = true;
  try {
    const { passkeyGet, passkeyCreate } = button.dataset;
    const credential = passkeyGet
      ? await navigator.credentials.get({
          publicKey: await optionsOf(button, openedAt),
        })
      : await navigator.credentials.create({
          publicKey: creation(JSON.parse(passkeyCreate)),
        });
    if (credential) send(button, credential);
  } catch {
    // Cancelled, or no such key: the browser has said so. The button stays.
  } finally {
    button.disabled = false;
  }
};

/** Lets the field for the name suggest passkeys, where the browser can. */
const suggest = async (button) => {
  const isPossible =
    await PublicKeyCredential.isConditionalMediationAvailable?.();
  const field = button.form.elements.namedItem("identifier");
  if (!isPossible || !field?.autocomplete?.includes("webauthn")) return;
  let since = openedAt;
  for (;;) {
    const ends = new AbortController();
    waiting = ends;
    let isOld = false;
    const renewal = setTimeout(() => {
      isOld = true;
      ends.abort();
    }, RENEW_MS);
    try {
      const publicKey = await optionsOf(button, since);
      const { signal } = ends;
      const mediation = "conditional";
      const asked = { mediation, signal, publicKey };
      const credential = await navigator.credentials.get(asked);
      if (credential) return send(button, credential);
    } catch {
      // Old, ended by a button, or not supported after all.
    } finally {
      clearTimeout(renewal);
    }
    if (!isOld) return;
    // From here on each round asks for a challenge of its own.
    since = 0;
  }
};

if (globalThis.PublicKeyCredential) {
  const buttons = document.querySelectorAll(
    "[data-passkey-get],[data-passkey-create]",
  );
  for (const button of buttons) {
    button.hidden = false;
    button.addEventListener("click", () => press(button));
    if (button.dataset.passkeyGet) suggest(button);
    else {
      // Enter in the field for the name sends the form without a key.
      button.form.addEventListener("submit", (event) => {
        event.preventDefault();
        if (!button.disabled) press(button);
      });
    }
  }
}
