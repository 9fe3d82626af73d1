// Who may import from whom among the folders of src, as ARCHITECTURE.md says it. Each file stands behind one of these walls.

/** Ways into those folders, by their alias or through the folders above. */
const into = (...names) => `^(\\$|(\\.\\./)+(src/)?)(${names.join("|")})/`;

const wall = (files, ...bricks) => ({
  files,
  rules: {
    "no-restricted-imports": ["error", { patterns: bricks.map(([regex, message]) => ({ regex, message })) }],
  },
});

const SCREENS = [
  `^svelte(/|$)|${into("app", "office", "design", "texts", "api", "map", "kinds")}`,
  "The replica knows of no screen and of no HTTP API.",
];
const OUTSIDE = ["^(\\.\\./)+protocol/", "What is published holds all it needs: have it generated into src/generated."];
const FACES = [into("app", "office"), "What both faces share knows neither."];
const NO_REPLICA = ["^@roadbook/replica", "It is of the HTTP API alone."];
const PAST_EXPORTS = [
  "^(\\.\\./)+(src/)?replica/|^@roadbook/replica/(?!model$|rescue$)",
  "Only what @roadbook/replica, its /model and its /rescue export.",
];
const MODEL = ["^(\\.\\./)+protocol/", "The model's data come from @roadbook/replica/model."];
const OF_OFFICE = [
  into("office", "api"),
  "The app shows what the device has: nothing of the office, nothing of the API.",
];
const OF_APP = [
  `${into("app")}|^@roadbook/replica$`,
  "The console asks the HTTP API: nothing of the app, and no device.",
];
const API = [into("api"), "Who asks the API is the console alone."];

export const walls = [
  wall(["src/replica/**"], SCREENS),
  wall(["src/replica/src/**"], SCREENS, OUTSIDE),
  wall(["src/app/**"], OF_OFFICE, PAST_EXPORTS, MODEL),
  wall(["src/office/**"], OF_APP, PAST_EXPORTS, MODEL),
  wall(["src/design/**", "src/map/**", "src/texts/**", "src/kinds/**"], FACES, API, PAST_EXPORTS, MODEL),
  wall(["src/api/**"], FACES, NO_REPLICA),
  // A test may look at both faces at once, to see that they agree.
  wall(["src/*/*.test.ts", "src/texts/**/*.test.ts"], PAST_EXPORTS, MODEL),
  wall(["browser/**"], ["^(\\.\\./)+src/replica/", "Tests import what @roadbook/replica/testing exports."]),
];
