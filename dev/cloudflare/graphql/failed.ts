// A query that Cloudflare's GraphQL API does not answer: what it says, where, and the status that is documented for it.

export class Failed extends Error {
  /** Not `path`: by that the library would take it for one of its own. */
  readonly at: string[] | null;
  readonly code: string;
  readonly status: number;

  constructor(message: string, at: string[] | null, code: "parser" | "authz" | "quota" | "budget", status: number) {
    super(message);
    this.at = at;
    this.code = code;
    this.status = status;
  }
}
