/**
 * The service worker, by which the app starts without a network, and its updates: a new version is fetched in the
 * background and waits until the person asks for it. What was captured or typed is in the replica, which no update touches.
 */
import { registerSW } from "virtual:pwa-register";

/** How often an app that stays open asks whether there is a new version. */
const ASK_EVERY_MS = 60 * 60 * 1000;

/** What became of the files of the app. */
export interface UpdateListener {
  /** A new version is there; `apply` ends every open tab's old one and starts it. */
  waiting(apply: () => void): void;
}

/** Registers the service worker. Where there is none (a browser without, or development), nothing is heard. */
export function watchForUpdate(listener: UpdateListener): void {
  const update = registerSW({
    immediate: true,
    onNeedRefresh() {
      listener.waiting(() => {
        // The page goes on with the files of the version that now leads.
        navigator.serviceWorker.addEventListener("controllerchange", () => {
          location.reload();
        });
        void update();
      });
    },
    onRegisteredSW(_, registration) {
      if (registration !== undefined) keepAsking();
    },
  });
}

/** Asks now whether there is a new version. Without a network there is nothing to learn. */
export async function askForUpdate(): Promise<void> {
  try {
    const registration = await navigator.serviceWorker.getRegistration();
    await registration?.update();
  } catch {
    // The next time it is asked may find one.
  }
}

function keepAsking(): void {
  const ask = (): void => {
    if (navigator.onLine) void askForUpdate();
  };
  setInterval(ask, ASK_EVERY_MS);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") ask();
  });
}
