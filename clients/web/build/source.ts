/** The packages of this workspace are taken from their sources here: nothing has to be built before one works on them. */
import { defaultClientConditions, defaultServerConditions, type UserConfig } from "vite";

const SOURCE = "@roadbook/source";

export const fromSource = {
  resolve: { conditions: [SOURCE, ...defaultClientConditions] },
  ssr: { resolve: { conditions: [SOURCE, ...defaultServerConditions] } },
} satisfies UserConfig;
