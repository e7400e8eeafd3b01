// The first steps of an owner without requests, until the first request arrives.

import { useEffect } from "preact/hooks";
import { ALL, isLive, owner, range, usualDays } from "../state/query.ts";
import { reload } from "../state/report.ts";
import { useStatus } from "../state/status.ts";
import { Copy } from "./copy.tsx";
import { Icon } from "./icon.tsx";
import { Link } from "./link.tsx";
import { Notice } from "./notice.tsx";

/** The name in wrangler.toml. */
const BUCKET = "pixtally-media";

/** Waiting readers look at the page: it refreshes sooner than usual. */
const POLL_MS = 5_000;

export function Welcome() {
  const name = owner.value === ALL ? "OWNER" : owner.value;
  const days = usualDays.value;
  const isLong = "days" in range.value && range.value.days >= days;
  const isWaiting = isLive();
  const delay = useStatus().data?.realtime_enabled === false ? "the next day" : "within seconds";
  useEffect(() => {
    if (!isWaiting) return undefined;
    const timer = setInterval(() => document.visibilityState === "visible" && reload(), POLL_MS);
    return () => clearInterval(timer);
  }, [isWaiting]);
  return (
    <Notice>
      <div class="welcome">
        <p>
          <strong>{isWaiting ? "No requests yet." : "No requests in this period."}</strong>
        </p>
        <ol>
          <li>
            Upload a file.
            <Command text={`npx wrangler r2 object put ${BUCKET}/${name}/pics/dino.jpg --file dino.jpg --remote`} label="Copy the upload command" />
          </li>
          <li>
            Request it.
            <Command text={`curl -O ${location.origin}/${name}/pics/dino.jpg`} label="Copy the request command" />
          </li>
          <li>It shows up here {delay}.</li>
        </ol>
        {isWaiting && (
          <p class="waiting">
            <i aria-hidden="true" /> Waiting for your first request…
          </p>
        )}
        {!isLong && (
          <p>
            <Link to={{ range: null }}>Show the last {days} days</Link>
          </p>
        )}
      </div>
    </Notice>
  );
}

/** Takes the place of the first steps when the first request arrives while they are shown. */
export function FirstRequest() {
  return (
    <Notice kind="good">
      <p>
        <Icon name="check" /> Your first request is here.
      </p>
    </Notice>
  );
}

function Command({ text, label }: { text: string; label: string }) {
  return (
    <p class="command">
      <code>{text}</code>
      <Copy text={text} label={label} />
    </p>
  );
}
