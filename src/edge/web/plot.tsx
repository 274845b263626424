import type { Child } from "hono/jsx";
import type { Text } from "./text/catalogue.ts";

/** Plots that the server draws, each with a table of the same numbers under it. */

export interface Series {
  name: string;
  /** One for each label; null where nothing was measured. */
  values: readonly (number | null)[];
}

export interface PlotOptions {
  text: Text;
  title: string;
  /** What the labels are: a time, an account. Heads the first column of the table. */
  axis: string;
  labels: readonly string[];
  /** Four at most. */
  series: readonly Series[];
  kind: "lines" | "bars";
  /** A value in words, with its unit. */
  format(value: number): string;
  /** What opens the table. */
  tableLabel: string;
}

export const WIDTH = 720;
const HEIGHT = 200;
const LEFT = 64;
const BOTTOM = 22;
const TOP = 10;
const RIGHT = 8;
const STEPS = 4;
const MOST_LABELS = 6;

export function Plot(options: PlotOptions) {
  const { title, labels, series, kind, format } = options;
  const known = series.flatMap(({ values }) => values.map((v) => v ?? 0));
  // Things that are counted come in no smaller parts than one.
  const least = known.every(Number.isInteger) ? STEPS : 0;
  const highest = niceCeiling(Math.max(least, ...known));
  const x = (index: number) =>
    LEFT +
    ((index + 0.5) * (WIDTH - LEFT - RIGHT)) / Math.max(1, labels.length);
  const y = (value: number) =>
    TOP + (1 - value / highest) * (HEIGHT - TOP - BOTTOM);
  const every = Math.ceil(labels.length / MOST_LABELS);
  return (
    <figure>
      <figcaption>{title}</figcaption>
      {series.length > 1 && <Legend series={series} />}
      <Picture
        {...{ title, height: HEIGHT }}
        description={series.map((one) => describe(options, one)).join(" ")}
      >
        {Array.from({ length: STEPS + 1 }, (_, step) => {
          const value = (highest * step) / STEPS;
          return (
            <>
              <line
                class="grid"
                x1={LEFT}
                x2={WIDTH - RIGHT}
                y1={y(value)}
                y2={y(value)}
              />
              <text x={LEFT - 6} y={y(value) + 4} text-anchor="end">
                {format(value)}
              </text>
            </>
          );
        })}
        {series.map(({ values }, row) =>
          kind === "lines"
            ? linesOf(values).map((points) => (
                <polyline
                  class={`series${row}`}
                  points={points
                    .map(
                      ([index, value]) =>
                        `${round(x(index))},${round(y(value))}`,
                    )
                    .join(" ")}
                />
              ))
            : values.map((value, index) => {
                const width =
                  ((WIDTH - LEFT - RIGHT) / labels.length / series.length) *
                  0.8;
                const left = x(index) + (row - series.length / 2) * width;
                return value === null ? null : (
                  <rect
                    class={`series${row}`}
                    x={round(left)}
                    y={round(y(value))}
                    width={round(width)}
                    height={round(y(0) - y(value))}
                  />
                );
              }),
        )}
        {labels.map((label, index) =>
          index % every === 0 ? (
            <text x={round(x(index))} y={HEIGHT - 6} text-anchor="middle">
              {label}
            </text>
          ) : null,
        )}
      </Picture>
      <NumbersOf {...options} />
    </figure>
  );
}

/** The latest and the highest value, which is what one looks for first. */
function describe(
  { text: { shell }, labels, format }: PlotOptions,
  { name, values }: Series,
): string {
  const known = values.flatMap((value, index) =>
    value === null ? [] : [{ value, label: labels[index]! }],
  );
  const latest = known.at(-1);
  if (latest === undefined) return shell.plotNothing(name);
  const highest = known.reduce((a, b) => (b.value > a.value ? b : a));
  return shell.plotSays({
    ...{ name, latest: format(latest.value) },
    ...{ highest: format(highest.value), at: highest.label },
  });
}

/** The drawing itself, with what it says for who doesn't see it. */
export function Picture({
  title,
  description,
  height,
  children,
}: {
  title: string;
  /** What there is to see, in a sentence, for who doesn't see it. */
  description: string;
  height: number;
  children: Child;
}) {
  const id = `plot-${Bun.hash(title).toString(36)}`;
  return (
    <svg
      class="plot"
      viewBox={`0 0 ${WIDTH} ${height}`}
      role="img"
      aria-labelledby={`${id}-title ${id}-text`}
    >
      <title id={`${id}-title`}>{title}</title>
      <desc id={`${id}-text`}>{description}</desc>
      {children}
    </svg>
  );
}

function Legend({ series }: { series: readonly Series[] }) {
  return (
    <ul class="legend">
      {series.map(({ name }, row) => (
        <li>
          <svg class="plot" viewBox="0 0 10 10" aria-hidden="true">
            <rect class={`series${row}`} width="10" height="10" />
          </svg>{" "}
          {name}
        </li>
      ))}
    </ul>
  );
}

/** The same as a table. */
export function NumbersOf(
  options: Pick<
    PlotOptions,
    "title" | "axis" | "labels" | "series" | "format" | "tableLabel"
  >,
) {
  const { title, axis, labels, series, format, tableLabel } = options;
  return (
    <details>
      <summary>{tableLabel}</summary>
      <div class="table" tabindex={0} role="region" aria-label={title}>
        <table>
          <caption>{title}</caption>
          <thead>
            <tr>
              <th scope="col">{axis}</th>
              {series.map(({ name }) => (
                <th scope="col" class="number">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {labels.map((label, index) => (
              <tr>
                <th scope="row">{label}</th>
                {series.map(({ values }) => {
                  const value = values[index] ?? null;
                  return (
                    <td class="number">
                      {value === null ? "–" : format(value)}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

/** A line for each stretch without a gap. */
function linesOf(
  values: readonly (number | null)[],
): (readonly [index: number, value: number])[][] {
  const lines: (readonly [number, number])[][] = [[]];
  values.forEach((value, index) => {
    if (value === null) lines.push([]);
    else lines.at(-1)!.push([index, value]);
  });
  return lines.filter((line) => line.length > 0);
}

/** The next number above that falls into four parts that people like to read. */
export function niceCeiling(value: number): number {
  if (value <= 0) return STEPS;
  const power = 10 ** Math.floor(Math.log10(value / STEPS));
  const part = [1, 2, 3, 5, 10].find((one) => one * power * STEPS >= value);
  return (part ?? 10) * power * STEPS;
}

/** To a tenth of what the drawing is measured in. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}
