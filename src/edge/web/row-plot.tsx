import {
  niceCeiling,
  NumbersOf,
  Picture,
  type PlotOptions,
  round,
  WIDTH,
} from "./plot.tsx";

/** Plots with a row for each thing: its name, and below it what it is measured at. */

export interface RowPlotOptions extends Pick<
  PlotOptions,
  "title" | "axis" | "tableLabel"
> {
  /** What there is to see, in a sentence, for who doesn't see it. */
  description: string;
  /** A value for each of the series; null where nothing was measured. */
  rows: readonly { label: string; values: readonly (number | null)[] }[];
  /** Names; three at most. */
  series: readonly string[];
  /** A value in words, with its unit. */
  format(value: number): string;
}

const LEFT = 2;
const RIGHT = 2;
const TOP = 26;
const ROW = 54;
/** From the top of a row to the line that its values stand on. */
const LINE = 38;
const BAR = 12;

/** The parts of each thing one after the other, so that the ends tell the sums. */
export function BarPlot(options: RowPlotOptions) {
  const sums = options.rows.map(({ values }) =>
    values.reduce((sum: number, value) => sum + (value ?? 0), 0),
  );
  const highest = niceCeiling(Math.max(0, ...sums));
  const x = (value: number) =>
    LEFT + (value / highest) * (WIDTH - LEFT - RIGHT);
  return (
    <RowPlot
      {...options}
      marks={[0, highest / 2, highest].map((value) => [
        x(value),
        options.format(value),
      ])}
      legend={(series) => <rect class={`series${series}`} {...SQUARE} />}
      row={({ values }, y) => {
        let from = 0;
        return values.map((value, series) => {
          const begin = from;
          from += value ?? 0;
          return (
            <rect
              class={`series${series}`}
              x={round(x(begin))}
              y={y - BAR / 2}
              width={round(x(from) - x(begin))}
              height={BAR}
            />
          );
        });
      }}
    />
  );
}

/** Steps of ten, in milliseconds, and as they are written. */
const TENS = [1, 10, 100, 1000, 10_000];
const TENS_IN_WORDS = ["1 ms", "10 ms", "100 ms", "1 s", "10 s"];

/** Times on a scale of powers of ten, each series with a shape of its own. */
export function DotPlot(options: RowPlotOptions) {
  const [first, last] = [TENS[0]!, TENS.at(-1)!];
  const share = (value: number) =>
    Math.log10(Math.min(last, Math.max(first, value)) / first) /
    Math.log10(last / first);
  const x = (value: number) =>
    LEFT + BAR / 2 + share(value) * (WIDTH - LEFT - RIGHT - BAR);
  return (
    <RowPlot
      {...options}
      marks={TENS.map((value, index) => [x(value), TENS_IN_WORDS[index]!])}
      legend={(series) => <Shape series={series} x={5} y={5} />}
      row={({ values }, y) => {
        const known = values.filter((value) => value !== null).map(x);
        return (
          <>
            <line
              class="grid"
              x1={round(Math.min(...known))}
              x2={round(Math.max(...known))}
              y1={y}
              y2={y}
            />
            {values.map((value, series) =>
              value === null ? null : (
                <Shape series={series} x={round(x(value))} y={y} />
              ),
            )}
          </>
        );
      }}
    />
  );
}

const SQUARE = { x: 0, y: 0, width: 10, height: 10 };
/** Round, square and pointed, so that no one depends on colours. */
const SHAPES = [
  (x: number, y: number) => `M${x - 5} ${y}a5 5 0 1 0 10 0a5 5 0 1 0-10 0Z`,
  (x: number, y: number) => `M${x - 5} ${y - 5}h10v10h-10Z`,
  (x: number, y: number) => `M${x} ${y - 6}L${x + 6} ${y + 5}H${x - 6}Z`,
];

function Shape({ series, x, y }: { series: number; x: number; y: number }) {
  return <path class={`series${series}`} d={SHAPES[series]!(x, y)} />;
}

function RowPlot({
  marks,
  legend,
  row,
  ...options
}: RowPlotOptions & {
  /** Lines from top to bottom: where, and what is written above them. */
  marks: readonly (readonly [x: number, label: string])[];
  legend(series: number): unknown;
  row(row: RowPlotOptions["rows"][number], y: number): unknown;
}) {
  const { title, rows, series } = options;
  const height = TOP + rows.length * ROW;
  return (
    <figure>
      <figcaption>{title}</figcaption>
      <ul class="legend">
        {series.map((name, index) => (
          <li>
            <svg class="plot" viewBox="0 0 10 10" aria-hidden="true">
              {legend(index)}
            </svg>{" "}
            {name}
          </li>
        ))}
      </ul>
      <Picture {...options} height={height}>
        {marks.map(([x, label], index) => (
          <>
            <line
              class="grid"
              x1={round(x)}
              x2={round(x)}
              y1={TOP}
              y2={height}
            />
            <text
              x={round(x)}
              y={TOP - 8}
              text-anchor={
                index === 0
                  ? "start"
                  : index === marks.length - 1
                    ? "end"
                    : "middle"
              }
            >
              {label}
            </text>
          </>
        ))}
        {rows.map((one, index) => (
          <>
            <text class="label" x={LEFT} y={TOP + index * ROW + LINE - 15}>
              {one.label}
            </text>
            {row(one, TOP + index * ROW + LINE)}
          </>
        ))}
      </Picture>
      <NumbersOf
        {...options}
        labels={rows.map(({ label }) => label)}
        series={series.map((name, index) => ({
          name,
          values: rows.map(({ values }) => values[index] ?? null),
        }))}
      />
    </figure>
  );
}
