// The built worker with a bucket that counts how often it is read. `GET /__reads` answers with the count, and begins again.

import Local from "../../dev/entry.ts";

export { Aggregator } from "../../dev/entry.ts";

let reads = 0;

function countingBucket(bucket: any): any {
  return new Proxy(bucket, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (typeof value !== "function" || name === "constructor") return value;
      return (...args: unknown[]) => {
        reads += 1;
        return value.apply(target, args);
      };
    },
  });
}

export default class extends Local {
  constructor(ctx: any, env: any) {
    super(ctx, { ...env, MEDIA: countingBucket(env.MEDIA) });
  }

  // @ts-ignore: the built worker's class is not typed
  async fetch(request: Request): Promise<Response> {
    if (new URL(request.url).pathname !== "/__reads") return super.fetch(request);
    const answer = Response.json(reads);
    reads = 0;
    return answer;
  }
}
