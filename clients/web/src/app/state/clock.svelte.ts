/** The time on screen. It ticks twice a minute, and at once when the page comes back to the front. */
const TICK_MS = 30_000;

class Clock {
  now: number = $state(Date.now());

  run(): () => void {
    const update = (): void => {
      this.now = Date.now();
    };
    const timer = setInterval(update, TICK_MS);
    document.addEventListener("visibilitychange", update);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", update);
    };
  }
}

export const clock = new Clock();
