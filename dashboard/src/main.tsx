// Starts the dashboard.

import { effect } from "@preact/signals";
import { render } from "preact";
import { App } from "./app.tsx";
import { askHealth } from "./state/health.ts";
import { resume, session } from "./state/session.ts";
import "./state/preference.ts";

render(<App />, document.getElementById("app")!);
void resume();
// The worker reports how it is set up only to those who are signed in.
effect(() => {
  if (session.value.is === "in") void askHealth();
});
