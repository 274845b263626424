/** WCAG 2.2, 1.4.3: contrast of text of normal size at level AA. */
export const MIN_CONTRAST = 4.5;

/** Runs in the page: each text with its contrast to what is behind it. */
export function contrastsOfText(): { text: string; contrast: number }[] {
  const channelsOf = (color: string) =>
    color.match(/[\d.]+/g)!.map((part) => Number(part));
  const luminanceOf = (color: string) => {
    const [red, green, blue] = channelsOf(color).map((value) => {
      const share = value / 255;
      return share <= 0.04045
        ? share / 12.92
        : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
  };
  const backgroundOf = (element: Element): string => {
    const color = getComputedStyle(element).backgroundColor;
    if (channelsOf(color)[3] !== 0) return color;
    return backgroundOf(element.parentElement!);
  };
  return [...document.body.querySelectorAll("*")]
    .filter(({ childNodes }) =>
      [...childNodes].some(({ nodeType }) => nodeType === Node.TEXT_NODE),
    )
    .map((element) => {
      const [dark, light] = [
        luminanceOf(getComputedStyle(element).color),
        luminanceOf(backgroundOf(element)),
      ].toSorted((a, b) => a - b);
      const contrast = (light! + 0.05) / (dark! + 0.05);
      return { text: element.textContent ?? "", contrast };
    });
}
