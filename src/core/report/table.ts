/** Markdown tables: the first column reads as text, all others as numbers. */
import { markdownTable } from "markdown-table";

export interface Table {
  /** Cells are Markdown already, and hold no line break and no bare pipe. */
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Columns that hold text and stay on the left; the first only by default. */
  readonly textColumns?: readonly number[];
  /** Without padding: what only a renderer reads, and there is much of. */
  readonly compact?: boolean;
}

export function table({ header, rows, textColumns = [0], compact = false }: Table): string {
  const align = header.map((_, column) => (textColumns.includes(column) ? "l" : "r"));
  return markdownTable([header, ...rows], {
    align,
    alignDelimiters: !compact,
    stringLength: (cell) => [...cell].length,
  });
}
