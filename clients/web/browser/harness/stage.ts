/** What the tests of a file share: begun before them, ended after them, with nothing that a page complained of. */
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";

import { Desk } from "./desk.ts";
import { Phone } from "./phone.ts";
import { Rep } from "./rep.ts";
import { World } from "./world.ts";

export interface OnDesk {
  readonly world: World;
  readonly desk: Desk;
}
export interface OnBoth extends OnDesk {
  readonly phone: Phone;
  readonly rep: Rep;
}

/** A world for all tests, and for each a desk at which the office is signed in. */
export function eachAtADesk(take: (stage: OnDesk) => void): void {
  let world: World;
  let desk: Desk;
  beforeAll(async () => {
    world = await World.begin();
  });
  beforeEach(async () => {
    desk = await Desk.start(world);
    await desk.signIn();
    take({ world, desk });
  });
  afterEach(async () => {
    expect([desk.complaints, desk.strangers]).toEqual([[], []]);
    await desk.end();
  });
  afterAll(async () => {
    await world.end();
  });
}

/** A world for all tests, with a desk at which the office is signed in, and Nancy's phone. */
export function allAtADeskAndAPhone(take: (stage: OnBoth) => void): void {
  let stage: OnBoth;
  beforeAll(async () => {
    const world = await World.begin();
    const desk = await Desk.start(world);
    await desk.signIn();
    const phone = await Phone.start(world);
    stage = { world, desk, phone, rep: await Rep.enrol(world, phone, "Nancy Davolio") };
    take(stage);
  });
  afterEach(() => {
    const { desk, phone } = stage;
    expect([desk.complaints, desk.strangers, phone.complaints, phone.strangers]).toEqual([[], [], [], []]);
  });
  afterAll(async () => {
    await stage.phone.end();
    await stage.desk.end();
    await stage.world.end();
  });
}
