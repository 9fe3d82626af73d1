/** As much of PouchDB as the benchmark uses. */
declare module "pouchdb-browser" {
  interface Rows {
    readonly rows: readonly unknown[];
  }
  export default class PouchDB {
    constructor(name: string);
    put(doc: object): Promise<unknown>;
    bulkDocs(docs: readonly object[]): Promise<unknown>;
    allDocs(range: { startkey: string; endkey: string; limit: number; include_docs: boolean }): Promise<Rows>;
  }
}
