/** Of PouchDB, what the bench uses. */
declare module "pouchdb-browser" {
  interface Row<Doc> {
    readonly doc?: Doc | undefined;
  }
  interface Asked {
    readonly startkey?: string;
    readonly endkey?: string;
    readonly limit?: number;
    readonly include_docs?: boolean;
  }
  export default class PouchDB<Doc = unknown> {
    constructor(name: string);
    allDocs(asked: Asked): Promise<{ readonly rows: readonly Row<Doc>[] }>;
    query(view: string, asked: Asked): Promise<{ readonly rows: readonly Row<Doc>[] }>;
    put(doc: object): Promise<unknown>;
    bulkDocs(docs: readonly object[]): Promise<unknown>;
  }
}
