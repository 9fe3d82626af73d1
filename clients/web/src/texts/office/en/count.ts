const FORMAT = new Intl.NumberFormat("en");

/** A count with its noun: "1 account", "2,000 accounts". */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${FORMAT.format(n)} ${n === 1 ? one : many}`;
}
