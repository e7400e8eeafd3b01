// Starts the dashboard.

import { render } from "preact";
import { App } from "./app.tsx";
import { askHealth } from "./state/health.ts";
import { resume } from "./state/session.ts";
import "./state/preference.ts";

render(<App />, document.getElementById("app")!);
void resume();
void askHealth();
