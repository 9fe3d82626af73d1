/** Acts once for many calls that come together: soon after the last of them, and at most a while after the first. */
export class Gather {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #first = 0;

  constructor(
    private readonly act: () => void,
    private readonly soonMs: number,
    private readonly mostMs: number,
  ) {}

  call(): void {
    const now = Date.now();
    if (this.#timer === undefined) this.#first = now;
    clearTimeout(this.#timer);
    const left = Math.max(0, this.#first + this.mostMs - now);
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.act();
      },
      Math.min(this.soonMs, left),
    );
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
