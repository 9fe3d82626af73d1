/** Reads a QR code through the camera, where the browser brings a detector of its own. */

interface Detector {
  detect(source: HTMLVideoElement): Promise<readonly { readonly rawValue: string }[]>;
}
type DetectorClass = new (options: { readonly formats: readonly string[] }) => Detector;

const LOOK_EVERY_MS = 200;

/** The first code that is seen; null if it was stopped before. Rejects if the camera is denied or there is none. */
export async function scanCode(video: HTMLVideoElement, stop: AbortSignal): Promise<string | null> {
  const { BarcodeDetector } = globalThis as unknown as { readonly BarcodeDetector: DetectorClass };
  const detector = new BarcodeDetector({ formats: ["qr_code"] });
  const camera = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
  try {
    video.srcObject = camera;
    await video.play();
    while (!stop.aborted) {
      const [code] = await detector.detect(video);
      if (code !== undefined) return code.rawValue;
      await new Promise((next) => setTimeout(next, LOOK_EVERY_MS));
    }
    return null;
  } finally {
    for (const track of camera.getTracks()) track.stop();
  }
}
