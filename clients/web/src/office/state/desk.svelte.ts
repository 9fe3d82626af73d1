/** Who sits at this desk, and the line to the server in their name. */
import { type Api, connect } from "$api/client";
import { asProblem, type Problem } from "$api/problem";
import { Session, type Signed } from "$api/session";

import { Live } from "./live.svelte.ts";

export type Role = "rep" | "manager" | "office" | "admin";

class Desk {
  /** `starting` until it is known whether an earlier page's session goes on. */
  phase = $state<"starting" | "out" | "in" | "failed">("starting");
  person = $state.raw<Signed | null>(null);
  problem = $state.raw<Problem | null>(null);
  /** Whether the session of who is signed in is over: they are asked to sign in again. */
  ended = $state(false);
  readonly session = new Session();
  readonly api: Api = connect(this.session);
  readonly live = new Live(this.session, this.api);

  constructor() {
    this.session.onOver(() => {
      // Whoever it was stays known: what they were at waits below the question to sign in again.
      this.ended = this.person !== null;
      this.live.stop();
      if (!this.ended) this.phase = "out";
    });
  }

  get role(): Role {
    return (this.person?.role ?? "rep") as Role;
  }

  /** The office and admins see everything; managers and reps what is in their reach. */
  get office(): boolean {
    return this.role === "office" || this.role === "admin";
  }

  get admin(): boolean {
    return this.role === "admin";
  }

  async start(): Promise<void> {
    this.phase = "starting";
    try {
      const person = await this.session.resume();
      if (person === null) this.phase = "out";
      else this.#came(person);
    } catch (thrown) {
      this.problem = asProblem(thrown);
      this.phase = "failed";
    }
  }

  async signIn(email: string, password: string): Promise<void> {
    this.#came(await this.session.signIn(email, password));
  }

  async signOut(): Promise<void> {
    await this.session.signOut();
    this.leave();
  }

  /** What was on the screen goes with whoever had it there. */
  leave(): void {
    this.live.stop();
    this.ended = false;
    this.person = null;
    this.phase = "out";
  }

  #came(person: Signed): void {
    this.person = person;
    this.problem = null;
    this.ended = false;
    this.phase = "in";
    if (this.office) void this.live.start();
  }
}

export const desk = new Desk();
