// The built worker without its Analytics Engine binding.

import Pixtally from "../../build/index.js";

export default class extends Pixtally {
  constructor(ctx: unknown, env: Record<string, unknown>) {
    const { ANALYTICS: _, ...rest } = env;
    super(ctx, rest);
  }
}
