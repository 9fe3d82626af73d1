// What the office does in a scenario, by the server's HTTP API (protocol/openapi.json), with an admin's token.

import { randomUUID } from "node:crypto";

export class Office {
  constructor(url, token) {
    this.url = url;
    this.token = token;
  }

  async #ask(method, path, body) {
    const headers = { authorization: `Bearer ${this.token}`, "content-type": "application/json" };
    if (method === "POST") headers["idempotency-key"] = randomUUID();
    const response = await fetch(`${this.url}${path}`, { method, headers, body: body && JSON.stringify(body) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === "" ? null : JSON.parse(text);
  }

  /** A person with a territory of their own. */
  async addRep(name) {
    const tag = randomUUID().slice(0, 8);
    const person = await this.#ask("POST", "/v1/people", { name: `${name} ${tag}`, email: `${name}.${tag}@example.com`, role: "rep" });
    const territory = await this.#ask("POST", "/v1/territories", { code: `${name}-${tag}`, name: `${name}'s` });
    const id = person.id ?? person.person.id;
    await this.#ask("POST", `/v1/territories/${territory.id}/holders`, { person_id: id, capacity: "owner" });
    return { person: id, territory: territory.id };
  }

  async code(person) {
    return (await this.#ask("POST", `/v1/people/${person}/enrol-codes`, {})).code;
  }

  /** Lets accounts change hands. */
  move({ accounts, to, policy, note = null }) {
    const terms = { policy, grace_days: 30, note };
    return this.#ask("POST", "/v1/reassignments", { what: { accounts }, to: { territory: to }, terms });
  }

  /** Lets a person hold one more territory. */
  hold({ person, territory }) {
    return this.#ask("POST", `/v1/territories/${territory}/holders`, { person_id: person, capacity: "co_owner" });
  }

  /** Says that an account is part of another. */
  merge({ account, into }) {
    return this.#ask("POST", `/v1/accounts/${account}/merge`, { into_id: into });
  }

  /** A decision on a record. */
  request({ record, verb }) {
    return this.#ask("POST", `/v1/records/${record}/requests`, { verb });
  }

  /** Gives what is held of a record, the first of it, its fate. */
  async settle({ record, verdict }) {
    const { items } = await this.#ask("GET", "/v1/held?state=held&limit=200");
    const found = items.filter((item) => item.record_id === record);
    if (found.length === 0) throw new Error(`the office has nothing held of ${record}`);
    return this.#ask("POST", `/v1/held/${found[0].position}/fate`, { verdict, text: "decided by the scenario" });
  }

  /** What the office sees held of a record. */
  async held({ record }) {
    const { items } = await this.#ask("GET", "/v1/held?state=held&limit=200");
    return items.filter((item) => item.record_id === record).map(({ code, rule }) => ({ code, rule }));
  }

  revoke({ device }) {
    return this.#ask("POST", `/v1/devices/${device}/revoke`, { mode: "leaving" });
  }
}
