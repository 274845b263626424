/**
 * Makes a pair of keys of which only the public half is sent. Without scripts,
 * or where the connection is not secure, it is made elsewhere and pasted.
 */
const box = document.getElementById("new-key");
const form = document.getElementById("add-key");
const ask = document.getElementById("ask-code");
const make = document.getElementById("make-key");
const made = document.getElementById("made-key");
const kept = document.getElementById("kept-key");
const sent = document.getElementById("code-sent");
const words = box.dataset;

const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
// Varints of the multicodec table: p256-pub 0x1200 and p256-priv 0x1306.
const PUBLIC = [0x80, 0x24];
const PRIVATE = [0x86, 0x26];

/** Multibase in base 58. No prefix used here begins with a zero byte. */
function multibase(bytes) {
  let number = bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  let text = "";
  for (; number > 0n; number /= 58n) text = ALPHABET[number % 58n] + text;
  return `z${text}`;
}

function bytesOf(base64url) {
  const base64 = base64url.replaceAll("-", "+").replaceAll("_", "/");
  return Array.from(atob(base64), (character) => character.charCodeAt(0));
}

async function makePair() {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const pair = await crypto.subtle.generateKey(algorithm, true, ["sign"]);
  const { x, y, d } = await crypto.subtle.exportKey("jwk", pair.privateKey);
  const secret = bytesOf(d);
  // SEC 1 §2.3.3: the sign of y, then x.
  const point = [2 + (bytesOf(y).at(-1) & 1), ...bytesOf(x)];
  return {
    didKey: `did:key:${multibase([...PUBLIC, ...point])}`,
    secret: multibase([...PRIVATE, ...secret]),
    hex: secret.map((byte) => byte.toString(16).padStart(2, "0")).join(""),
  };
}

let pair = null;
let isKept = false;

make.addEventListener("click", async () => {
  make.disabled = true;
  pair = await makePair();
  for (const name of ["didKey", "secret", "hex"]) {
    made.querySelector(`[data-is="${name}"]`).textContent = pair[name];
  }
  form.elements.key.value = pair.didKey;
  form.elements.key.readOnly = true;
  kept.required = true;
  make.hidden = true;
  made.hidden = false;
  made.focus();
});

document.getElementById("save-key").addEventListener("click", () => {
  const lines = [
    words.title,
    "",
    `${words.public}: ${pair.didKey}`,
    `${words.secret}: ${pair.secret}`,
    `${words.hex}: ${pair.hex}`,
    "",
    words.warning,
    "",
  ];
  const file = new Blob([lines.join("\r\n")], { type: "text/plain" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = words.file;
  link.click();
  URL.revokeObjectURL(link.href);
});
document
  .getElementById("print-key")
  .addEventListener("click", () => window.print());

// The letter is asked for without leaving: the key is on this page alone.
ask.addEventListener("submit", async (event) => {
  if (pair === null) return;
  event.preventDefault();
  const answer = await fetch(ask.action, {
    method: "POST",
    body: new URLSearchParams(),
  }).catch(() => null);
  const isSent = answer?.ok && answer.url.includes("done=code-sent");
  sent.textContent = isSent ? words.sent : words.notSent;
});
form.addEventListener("submit", () => void (isKept = true));
addEventListener("beforeunload", (event) => {
  if (pair !== null && !isKept) event.preventDefault();
});

if (window.isSecureContext && crypto.subtle !== undefined) box.hidden = false;
