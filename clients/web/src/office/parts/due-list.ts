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
