// Serves the local stack on loopback until it is interrupted.

import { spawn } from "node:child_process";
import { runNight } from "./history.ts";
import { SECRETS } from "./local.ts";
import { CONFIGS, STATE, prepareHistory, prepareState, registerOwners, writeConfigs } from "./state.ts";

const port = process.env.PORT ?? "8787";
if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65535) {
  console.error(`PORT must be a port number from 1 to 65535, and ${JSON.stringify(port)} is not`);
  process.exit(1);
}

writeConfigs();
await prepareState();

const wrangler = spawn(
  "wrangler",
  [
    "dev",
    ...["-c", CONFIGS.worker, "-c", CONFIGS.standIn],
    ...["--ip", "127.0.0.1", "--port", port, "--persist-to", STATE],
    ...["--show-interactive-dev-session=false", "--log-level", "warn"],
  ],
  { stdio: ["ignore", "inherit", "inherit"], shell: process.platform === "win32" },
);
const stop = () => wrangler.kill("SIGTERM");
process.on("SIGINT", stop);
process.on("SIGTERM", stop);
wrangler.on("close", (code) => process.exit(code ?? 0));

const url = `http://localhost:${port}`;
const deadline = Date.now() + 60_000;
while (!(await answers(`${url}/healthz`))) {
  if (Date.now() > deadline) {
    console.error("the worker did not come up within a minute; its own messages stand above");
    stop();
    process.exit(1);
  }
  await new Promise((resolve) => setTimeout(resolve, 200));
}
await registerOwners(url, SECRETS.ADMIN_TOKEN);
await prepareHistory(url);
await runNight(url);
console.log(`
Pixtally is at ${url}

  curl -i ${url}/alice/pics/dino.jpg
  curl -H 'Authorization: Bearer ${SECRETS.ADMIN_TOKEN}' '${url}/v1/analytics/overview?owner=alice'
  curl -H 'Authorization: Bearer ${SECRETS.ADMIN_TOKEN}' '${url}/v1/analytics/status?days=7'

  npm run demo     sends it traffic, from another terminal
  Ctrl+C           stops it; its data stay in .dev/
`);

async function answers(address: string): Promise<boolean> {
  try {
    return (await fetch(address)).status < 500;
  } catch {
    return false;
  }
}
