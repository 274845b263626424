/**
 * Makes a picture that is too large for the server smaller before it is sent:
 * what a phone takes always is. Without scripts the server says how large it
 * may be.
 */
const LONGEST_SIDE = 3000;
const QUALITIES = [0.92, 0.85, 0.75, 0.6];

async function shrink(file, mostBytes) {
  const image = await createImageBitmap(file);
  const side = Math.max(image.width, image.height);
  for (let longest = Math.min(side, LONGEST_SIDE); ; longest /= 1.5) {
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round((image.width * longest) / side));
    canvas.height = Math.max(1, Math.round((image.height * longest) / side));
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    for (const quality of QUALITIES) {
      const blob = await new Promise((resolve) =>
        canvas.toBlob(resolve, "image/jpeg", quality),
      );
      if (blob !== null && blob.size <= mostBytes) return blob;
    }
    if (longest < 100) throw new Error("no smaller picture can be made");
  }
}

for (const input of document.querySelectorAll("input[data-shrinks]")) {
  const button = input.form.querySelector("button[type=submit]");
  input.addEventListener("change", async () => {
    const file = input.files[0];
    const mostBytes = Number(input.dataset.shrinks);
    if (file === undefined || file.size <= mostBytes) return;
    button.disabled = true;
    try {
      const smaller = await shrink(file, mostBytes);
      const given = new DataTransfer();
      const type = "image/jpeg";
      given.items.add(new File([smaller], "picture.jpg", { type }));
      input.files = given.files;
    } catch {
      // It goes as it is, and the server says what is wrong with it.
    } finally {
      button.disabled = false;
    }
  });
}
