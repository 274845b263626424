/** Works on the puzzle of the page while somebody fills it in. */
const place = document.getElementById("puzzle");
const answer = document.getElementById("puzzle-answer");
const form = answer.form;
const button = form.querySelector("button[type=submit]");
const SLICE_MS = 40;
let working = null;

/** FIPS 180-4 §4.2.2: the first 32 bits of the cube roots' fractions of the first 64 primes. */
const K = new Int32Array(64);
/** §5.3.3: the same of the square roots of the first eight. */
const START = new Int32Array(8);
for (let count = 0, number = 2; count < 64; number++) {
  let isPrime = true;
  for (let by = 2; by * by <= number; by++) isPrime &&= number % by !== 0;
  if (!isPrime) continue;
  const fractionOf = (root) => ((root - Math.floor(root)) * 2 ** 32) | 0;
  if (count < 8) START[count] = fractionOf(number ** (1 / 2));
  K[count++] = fractionOf(number ** (1 / 3));
}

const rotate = (word, by) => (word >>> by) | (word << (32 - by));
const words = new Int32Array(64);

/** One block of SHA-256 (§6.2.2). The browser's own takes twenty times as long for many short texts. */
function compress(state, bytes, offset) {
  const view = new DataView(bytes.buffer, offset);
  for (let i = 0; i < 16; i++) words[i] = view.getInt32(i * 4);
  for (let i = 16; i < 64; i++) {
    const a = words[i - 15];
    const b = words[i - 2];
    const s0 = rotate(a, 7) ^ rotate(a, 18) ^ (a >>> 3);
    const s1 = rotate(b, 17) ^ rotate(b, 19) ^ (b >>> 10);
    words[i] = (words[i - 16] + s0 + words[i - 7] + s1) | 0;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < 64; i++) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + words[i]) | 0;
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  const next = [a, b, c, d, e, f, g, h];
  return state.map((word, index) => (word + next[index]) | 0);
}

const encoder = new TextEncoder();

/** How many zero bits a text's SHA-256 begins with, up to 32. */
function zeroBitsOf(text) {
  const given = encoder.encode(text);
  const blocks = Math.ceil((given.length + 9) / 64);
  const bytes = new Uint8Array(blocks * 64);
  bytes.set(given);
  bytes[given.length] = 0x80;
  new DataView(bytes.buffer).setUint32(bytes.length - 4, given.length * 8);
  let state = START;
  for (let block = 0; block < blocks; block++) {
    state = compress(state, bytes, block * 64);
  }
  return Math.clz32(state[0]);
}

/** In slices, so that the page stays quick. */
async function solve(challenge, bits) {
  for (let number = 0; ;) {
    const end = performance.now() + SLICE_MS;
    while (performance.now() < end) {
      for (let i = 0; i < 100; i++, number++) {
        const text = `${challenge}:${number}`;
        if (zeroBitsOf(text) >= bits) return text;
      }
    }
    await new Promise((resolve) => setTimeout(resolve));
  }
}

async function work() {
  place.textContent = place.dataset.working;
  try {
    if (Number(place.dataset.expires) - 60_000 < Date.now()) await renew();
    const { challenge, bits } = place.dataset;
    answer.value = await solve(challenge, Number(bits));
    place.textContent = place.dataset.done;
  } catch {
    place.textContent = place.dataset.failed;
  }
}

async function renew() {
  const response = await fetch("/account/sign-up/puzzle");
  const puzzle = await response.json();
  place.dataset.challenge = puzzle.challenge;
  place.dataset.bits = puzzle.bits;
  place.dataset.expires = puzzle.expiresAtMs;
}

form.addEventListener("focusin", () => (working ??= work()));
form.addEventListener("submit", async (event) => {
  const isOld = Number(place.dataset.expires) < Date.now();
  if (answer.value !== "" && !isOld) return;
  event.preventDefault();
  button.disabled = true;
  if (isOld) {
    answer.value = "";
    working = null;
  }
  await (working ??= work());
  button.disabled = false;
  if (answer.value !== "") form.submit();
});
place.textContent = place.dataset.working;
