// The stand-in's one object: it keeps everything, and answers the APIs out of it.

import { DurableObject } from "cloudflare:workers";
import type { KeptPoint } from "../dataset.ts";
import { CONTROL_PATH, type Control } from "./control.ts";
import { unauthenticated, unauthorized, unroutable } from "./errors.ts";
import { type ActiveFault, type Api, FAULT_KINDS, faulty, nextFault, tooMany } from "./faults.ts";
import { answer as graphqlAnswer } from "./graphql/answer.ts";
import { Journal } from "./journal.ts";
import { Points } from "./points.ts";
import { Reader } from "./reader.ts";
import { Requests, type ZoneRequest } from "./requests.ts";
import { type Budget, DEFAULTS, type Settings, changed } from "./settings.ts";
import { answer as sqlAnswer } from "./sql/answer.ts";

export interface Env {
  STORE: DurableObjectNamespace<AnalyticsEngine>;
  CLOUDFLARE_ACCOUNT_ID: string;
  CLOUDFLARE_API_TOKEN: string;
  CLOUDFLARE_ZONE_ID: string;
}

interface State {
  settings: Settings;
  faults: ActiveFault[];
}

const API_HOST = "api.cloudflare.com";
const GRAPHQL_PATH = "/client/v4/graphql";
const SQL_PATH = /^\/client\/v4\/accounts\/([^/]+)\/analytics_engine\/sql$/;
const ACCOUNT = /^[0-9a-f]{32}$/;

function apiOf(path: string): Api | null {
  return path === GRAPHQL_PATH ? "graphql" : SQL_PATH.test(path) ? "sql" : null;
}

const now = () => Math.floor(Date.now() / 1000);

export class AnalyticsEngine extends DurableObject<Env> {
  readonly #points: Points;
  readonly #requests: Requests;
  readonly #journal: Journal;
  #state: State;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const { sql } = ctx.storage;
    this.#points = new Points(sql);
    this.#requests = new Requests(sql);
    this.#journal = new Journal(sql);
    this.#state = ctx.storage.kv.get<State>("state") ?? { settings: DEFAULTS, faults: [] };
  }

  #keep(state: Partial<State>): void {
    this.#state = { ...this.#state, ...state };
    this.ctx.storage.kv.put("state", this.#state);
  }

  write(dataset: string, point: KeptPoint): void {
    this.#points.write(dataset, point, this.#state.settings.sampling);
  }

  logRequest(request: ZoneRequest): void {
    this.#requests.load([request]);
  }

  readonly #control: Control = {
    fault: (fault) => {
      if (!FAULT_KINDS.includes(fault.kind)) throw new TypeError(`there is no fault ${fault.kind}`);
      this.#keep({ faults: [...this.#state.faults, { ...fault, fired: 0 }] });
    },
    faults: () => this.#state.faults,
    clearFaults: () => this.#keep({ faults: [] }),
    settings: (change = {}) => {
      this.#keep({ settings: changed(this.#state.settings, change) });
      return this.#state.settings;
    },
    declareDataset: ({ dataset }) => this.#points.declare(dataset),
    loadPoints: ({ dataset, points }) => this.#points.load(dataset, points, this.#state.settings.sampling),
    generatePoints: (plan) => this.#points.generate(plan),
    loadRequests: ({ requests }) => this.#requests.load(requests),
    generateRequests: (plan) => this.#requests.generate(plan),
    log: () => this.#journal.entries(),
    clearLog: () => this.#journal.clear(),
    reset: () => {
      for (const part of [this.#points, this.#requests, this.#journal]) part.clear();
      this.#keep({ settings: DEFAULTS, faults: [] });
    },
  };

  async control(request: Request): Promise<Response> {
    const { method, argument } = (await request.json()) as { method: keyof Control; argument?: never };
    if (!Object.hasOwn(this.#control, method)) return Response.json(`there is no ${method}`, { status: 404 });
    try {
      return Response.json(this.#control[method](argument!) ?? null);
    } catch (error) {
      return Response.json(String(error), { status: 400 });
    }
  }

  async fetch(request: Request): Promise<Response> {
    const { hostname: host, pathname: path, protocol } = new URL(request.url);
    if (path === CONTROL_PATH && host !== API_HOST) return this.control(request);
    const api = host === API_HOST ? apiOf(path) : null;
    const body = await request.text();
    const token = this.#token(request.headers.get("authorization"));
    const id = this.#journal.begin({ at: now(), method: request.method, protocol, host, path, api, token, body });
    const reader = new Reader(this.ctx.storage.sql);
    const respond = async () => {
      if (protocol !== "https:") return new Response(null, { status: 301, headers: { location: request.url.replace("http:", "https:") } });
      if (host !== API_HOST) return unroutable(path);
      if (token !== "right") return unauthenticated();
      if (api === null || request.method !== "POST") return unroutable(path);
      return api === "sql" ? this.#sql(path, body, reader) : this.#graphql(body, reader);
    };
    const fault = api === null ? undefined : this.#nextFault(api);
    if (fault) this.#journal.hit(id, fault.kind);
    const response = fault ? await faulty(fault, api!, respond) : await respond();
    this.#journal.end(id, response.status, reader.rowsRead);
    return response;
  }

  #nextFault(api: Api): ActiveFault | undefined {
    const { faults } = this.#state;
    const fault = nextFault(faults, api);
    if (faults.length > 0) this.#keep({ faults });
    return fault;
  }

  #token(authorization: string | null): "right" | "wrong" | "none" {
    if (authorization === null) return "none";
    return authorization === `Bearer ${this.env.CLOUDFLARE_API_TOKEN}` ? "right" : "wrong";
  }

  /** Whether more requests came than an API answers, the one that is being answered among them. */
  #isSpent(api: Api, budget: Budget | null | undefined): boolean {
    return !!budget && this.#journal.since(api, now() - budget.seconds) > budget.queries;
  }

  #sql(path: string, statement: string, reader: Reader): Response {
    const account = SQL_PATH.exec(path)![1]!;
    if (!ACCOUNT.test(account)) return unroutable(path);
    if (account !== this.env.CLOUDFLARE_ACCOUNT_ID) return unauthorized();
    const { sampling, lag, backslash, sqlBudget } = this.#state.settings;
    if (this.#isSpent("sql", sqlBudget)) return tooMany("sql", sqlBudget!.seconds);
    const { status, contentType, body } = sqlAnswer(statement, reader, this.#points, { sampling, lag, backslash, now: now() });
    return new Response(body, { status, headers: { "content-type": contentType } });
  }

  async #graphql(body: string, reader: Reader): Promise<Response> {
    const { settings } = this.#state;
    if (this.#isSpent("graphql", settings.budget)) return tooMany("graphql", undefined);
    const identity = { account: this.env.CLOUDFLARE_ACCOUNT_ID, zone: this.env.CLOUDFLARE_ZONE_ID };
    return graphqlAnswer(body, { reader, settings, identity, now: now() });
  }
}
