// The built worker without its Analytics Engine binding.

import Pixtally from "../../src/entry.js";

export { Aggregator } from "../../src/entry.js";

export default class extends Pixtally {
  constructor(ctx: ExecutionContext, env: Record<string, unknown>) {
    const { ANALYTICS: _, ...rest } = env;
    super(ctx, rest);
  }
}
