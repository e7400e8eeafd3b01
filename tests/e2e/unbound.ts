// The built worker and its Durable Object without their Analytics Engine binding.

import Pixtally, { Aggregator as BuiltAggregator } from "../../src/entry.js";

function unbound({ ANALYTICS: _, ...rest }: Record<string, unknown>): Record<string, unknown> {
  return rest;
}

export class Aggregator extends BuiltAggregator {
  constructor(ctx: DurableObjectState, env: Record<string, unknown>) {
    super(ctx, unbound(env));
  }
}

export default class extends Pixtally {
  constructor(ctx: ExecutionContext, env: Record<string, unknown>) {
    super(ctx, unbound(env));
  }
}
