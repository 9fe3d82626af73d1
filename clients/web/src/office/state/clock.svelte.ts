/** The time for what says how long ago something was: it goes on by itself, but not so often that it catches the eye. */
const STEP_MS = 20_000;

class Clock {
  now = $state(Date.now());

  constructor() {
    setInterval(() => {
      this.now = Date.now();
    }, STEP_MS);
  }
}

export const clock = new Clock();
