/** Words round carrying out a process, in English. */

const many = (count: number, one: string, more: string): string => `${String(count)} ${count === 1 ? one : more}`;

export const processEn = {
  title: "Processes",
  start: (name: string) => `Begin: ${name}`,
  running: "Goes on",
  started: "Begun on this phone",
  next: (title: string) => `Next: ${title}`,
  nothingNext: "Nothing is open",
  step: (place: number, all: number) => `Step ${String(place)} of ${String(all)}`,
  steps: "Steps",
  goal: "Goal",
  measure: "Measure",
  procedure: "How it is done",
  yes: "Done",
  no: "Could not be done",
  save: "Save answer",
  leaveOut: "Leave out",
  number: (least: number, most: number) => `A whole number from ${String(least)} to ${String(most)}`,
  answer: "Answer",
  again: "Answer anew",
  keep: "Keep the answer",
  saved: "Answer saved on this phone",
  optional: "may be left out",
  leftOut: "left out",
  failed: "failed",
  by: { office: "done by the office", department: (name: string) => `done by ${name}` },
  awry: "Gone awry",
  right: "Put right",
  takesOver: (who: string, when: string) => `${who} takes over, by ${when}`,
  tellsManager: "The office tells them as soon as this arrives.",
  roles: { rep: "The rep", manager: "The manager", office: "The office", admin: "An admin" } as Readonly<
    Record<string, string>
  >,
  overdue: "overdue",
  handOffs: "Handed to others",
  handOff: (department: string, when: string) => `${department}, by ${when}`,
  notReached: (department: string) => `${department}, not yet`,
  taskStates: { open: "open", done: "done", cancelled: "cancelled" } as Readonly<Record<string, string>>,
  responses: "What to say and do",
  used: (used: number, worked: number) =>
    used === 0 ? "not used yet" : `used ${many(used, "time", "times")}, helped ${many(worked, "time", "times")}`,
  helped: "It helped",
  helpedNot: "It did not",
  finish: "Finish",
  giveUp: "Give it up",
  giveUpText: "The run ends without its goal; what was answered stays in the record.",
  finished: "Finished",
  states: { running: "goes on", done: "done", abandoned: "given up" } as Readonly<Record<string, string>>,
  met: "The goal was met",
  missed: "The goal was missed",
  unknownVersion: "Its version is not on this phone",
  unknownVersionText: "It comes with the next sync.",
};

export type ProcessTexts = typeof processEn;
