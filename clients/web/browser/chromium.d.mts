/** What Playwright's `launch` takes. */
export declare const CHROMIUM: { readonly executablePath: string; readonly args: string[] };
