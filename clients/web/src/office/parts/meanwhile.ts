/** What others wrote while a form was open, in words. */
export interface Told {
  readonly label: string;
  readonly before: string;
  readonly now: string;
  /** Whether one typed something else there. */
  readonly isContested: boolean;
}
