// What is deployed: the built worker, without two costs that its generated shim adds to every request. `npm run bench`
// shows them; tests/e2e/panic.test.ts holds that a panic is still recovered from.
//
// 1. The shim puts each request's instance behind a Proxy, so that instances of Rust classes outlive a panic. The worker
//    is no such class: its handlers are called directly, and the shim is asked for a new WebAssembly instance only after
//    a panic. The Durable Object's class is one, and keeps its Proxy.
// 2. Rust futures are polled by queueMicrotask, which in workerd costs 2 µs, several times a request. A resolved
//    promise's then() has the same effect for a tenth of that.

import { WorkerEntrypoint } from "cloudflare:workers";
import Built, { Aggregator } from "../build/index.js";

const resolved = Promise.resolve();

globalThis.queueMicrotask = (task) => {
  resolved.then(() => {
    try {
      task();
    } catch (error) {
      reportError(error);
    }
  });
};

let panicked = false;

addEventListener("error", ({ error }) => {
  if (error instanceof WebAssembly.RuntimeError) panicked = true;
});

/** Calls a handler of the built worker. */
function call(entrypoint, handler, event) {
  if (panicked) {
    panicked = false;
    new Built(entrypoint.ctx, entrypoint.env);
  }
  try {
    return handler.call(entrypoint, event);
  } catch (error) {
    reportError(error);
    throw error;
  }
}

const { fetch, scheduled } = Built.prototype;

export { Aggregator };

export default class extends WorkerEntrypoint {
  fetch(request) {
    return call(this, fetch, request);
  }

  scheduled(event) {
    return call(this, scheduled, event);
  }
}
