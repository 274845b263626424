/** Lists as files that spreadsheets and programs read. */

export type CsvCell = string | number | boolean | null;

/** A list of any length, a page at a time. */
export interface CsvList<Row> {
  /** Of the file, without its ending. */
  name: string;
  /** @param cursor `next` of the page before; null for the first. */
  page(cursor: string | null): CsvPage<Row> | Promise<CsvPage<Row>>;
  /** By the heading of each column: a name for programs, the same in every language. */
  columns: Readonly<Record<string, (row: Row) => CsvCell>>;
}

export interface CsvPage<Row> {
  rows: readonly Row[];
  /** null on the last page. */
  next: string | null;
}

/**
 * Answers with the whole list. A page is read when the reader has taken the one
 * before, so that a list of any length needs the memory of one page. Should
 * reading fail midway the connection breaks off: nobody takes a part for all.
 * @see RFC 4180
 */
export function csvResponse<Row>(list: CsvList<Row>): Response {
  return new Response(streamOf(list), {
    headers: {
      "Content-Type": "text/csv; charset=utf-8; header=present",
      "Content-Disposition": `attachment; filename="${list.name}.csv"`,
      "Content-Security-Policy": "default-src 'none'; sandbox",
      "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff",
    },
  });
}

function streamOf<Row>(list: CsvList<Row>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const read = Object.values(list.columns);
  let cursor: string | null | undefined;
  return new ReadableStream(
    {
      start(controller) {
        controller.enqueue(encoder.encode(lineOf(Object.keys(list.columns))));
      },
      async pull(controller) {
        // Others get their turn between two pages, however fast the reader is.
        await new Promise(setImmediate);
        const { rows, next } = await list.page(cursor ?? null);
        const lines = rows.map((row) => lineOf(read.map((cell) => cell(row))));
        if (lines.length > 0)
          controller.enqueue(encoder.encode(lines.join("")));
        // A list that comes back to where it was has no end to wait for.
        if (next === null || next === cursor) controller.close();
        cursor = next;
      },
    },
    { highWaterMark: 0 },
  );
}

function lineOf(cells: readonly CsvCell[]): string {
  return `${cells.map(textOf).join(",")}\r\n`;
}

/**
 * What spreadsheets take for a formula: such a character first in a cell, or
 * after what some of them divide cells by.
 * @see https://owasp.org/www-community/attacks/CSV_Injection
 */
const FORMULA = /(^|[;\t\r\n])(\s*)(?=[=+\-@＝＋－＠])/g;

/** Numbers are ours; texts may be anybody's, and an apostrophe keeps them texts. */
function textOf(cell: CsvCell): string {
  if (typeof cell !== "string") return cell === null ? "" : String(cell);
  const harmless = cell.replace(FORMULA, "$1$2'");
  return `"${harmless.replaceAll('"', '""')}"`;
}
