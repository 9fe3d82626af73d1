/** What a list of records by the day they are due is given. */

export interface Listing {
  readonly id: string;
  readonly subject?: string | null;
  readonly account_name?: string | null;
}

/** What is asked of the server. */
export interface Asked {
  readonly open?: boolean;
  readonly person?: string;
  readonly after?: string;
}

export interface ListTexts {
  readonly title: string;
  readonly lead: string;
  readonly filters: string;
  readonly show: string;
  readonly shows: { readonly open: string; readonly all: string };
  readonly person: string;
  readonly anyone: string;
  readonly table: string;
  readonly account: string;
  readonly nameless: string;
  readonly overdue: string;
  readonly empty: string;
  readonly emptyText: string;
}
