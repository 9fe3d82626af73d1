import type { Snippet } from "svelte";

/** A column of a table: plain text, or markup of its own. */
export interface Column<Row> {
  readonly label: string;
  readonly text?: (row: Row) => string | null | undefined;
  readonly cell?: Snippet<[Row]>;
  /** Figures stand right, digit under digit. */
  readonly numeric?: boolean;
  /** Names the row; carries its link. One column of a table. */
  readonly main?: boolean;
  /** Left out where there is little room. */
  readonly extra?: boolean;
}
