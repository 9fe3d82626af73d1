/** Where the generated shapes stand. */
export const TARGET: string;
/** The text of that file. */
export function generate(): Promise<string>;
