// What tests, the benchmark and `npm start` can tell the stand-in, each with one argument, as
// `POST /__control` with `{"method": …, "argument": …}`. The worker under test cannot: it reaches only the host
// api.cloudflare.com.

import type { ActiveFault, Fault } from "./faults.ts";
import type { Entry } from "./journal.ts";
import type { PastPoint, PointPlan } from "./points.ts";
import type { RequestPlan, ZoneRequest } from "./requests.ts";
import type { Settings, SettingsChange } from "./settings.ts";

export interface Control {
  /** Adds a fault to those that are active. */
  fault(fault: Fault): void;
  /** The active faults, with how often each came about. */
  faults(): ActiveFault[];
  clearFaults(): void;
  /** Changes the given settings and tells all of them. */
  settings(change?: SettingsChange): Settings;
  /** Makes a data set known without a point in it. */
  declareDataset(argument: { dataset: string }): void;
  loadPoints(argument: { dataset: string; points: PastPoint[] }): void;
  generatePoints(plan: PointPlan): void;
  loadRequests(argument: { requests: ZoneRequest[] }): void;
  generateRequests(plan: RequestPlan): void;
  /** The requests that reached the APIs so far. */
  log(): Entry[];
  clearLog(): void;
  /** Points, requests, faults, settings and log as in the beginning. */
  reset(): void;
}

export type Argument<Method extends keyof Control> = Parameters<Control[Method]>;
export type Result<Method extends keyof Control> = ReturnType<Control[Method]>;

export const CONTROL_PATH = "/__control";
