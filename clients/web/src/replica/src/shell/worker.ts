/** The worker of a tab: leads if no other does, and passes calls on otherwise. */

import { browserPlatform } from "./browser.ts";
import { type Answer, type Call, Desk, type FromPage, type Message, refusalOf } from "./calls.ts";
import { Device } from "./device.ts";

/** Who holds this lock leads. The browser lets go of it when a tab ends, however it ends. */
const LOCK = "roadbook.device";

const scope = self as unknown as DedicatedWorkerGlobalScope;
const channel = new BroadcastChannel("roadbook");
/** This page's calls that have no answer yet. */
const open = new Map<string, Call>();
let desk: Desk | null = null;

const say = (message: Message): void => {
  channel.postMessage(message);
};

function pass(answer: Answer): void {
  if (open.delete(answer.id)) scope.postMessage({ answer } satisfies Message);
}

async function serve(call: Call): Promise<Answer | null> {
  return desk === null ? null : await desk.answer(call);
}

scope.onmessage = async ({ data: message }: MessageEvent<FromPage>) => {
  if ("network" in message) {
    if (desk === null) say(message);
    else desk.device.network(message.network);
    return;
  }
  const { call } = message;
  open.set(call.id, call);
  const answer = await serve(call);
  if (answer === null) say({ call });
  else pass(answer);
};

channel.onmessage = async ({ data: message }: MessageEvent<Message>) => {
  if ("call" in message) {
    const answer = await serve(message.call);
    if (answer !== null) say({ answer });
  } else if ("answer" in message) {
    pass(message.answer);
  } else if ("event" in message) {
    scope.postMessage(message);
  } else if ("network" in message) {
    desk?.device.network(message.network);
  } else {
    for (const call of open.values()) say({ call });
  }
};

/** Holds the device for as long as this tab lives. */
async function lead(): Promise<never> {
  const device = await Device.open(browserPlatform());
  device.subscribe((event) => {
    say({ event });
    scope.postMessage({ event } satisfies Message);
  });
  device.start();
  desk = new Desk(device);
  say({ leads: true });
  for (const call of open.values()) void desk.answer(call).then(pass);
  return await new Promise<never>(() => undefined);
}

navigator.locks.request(LOCK, lead).catch((error: unknown) => {
  // The store cannot be opened: whoever asks is told why.
  for (const { id } of open.values()) pass({ id, refusal: refusalOf(error) });
  scope.onmessage = ({ data }: MessageEvent<FromPage>) => {
    if (!("call" in data)) return;
    scope.postMessage({ answer: { id: data.call.id, refusal: refusalOf(error) } } satisfies Message);
  };
});
