// What to do when nothing was served.

import { ALL, owner, range, usualDays } from "../state/query.ts";
import { Copy } from "./copy.tsx";
import { Link } from "./link.tsx";
import { Notice } from "./notice.tsx";

/** As wrangler.toml names it. */
const BUCKET = "pixtally-media";

export function Welcome() {
  const name = owner.value === ALL ? "OWNER" : owner.value;
  const days = usualDays.value;
  const isLong = "days" in range.value && range.value.days >= days;
  return (
    <Notice>
      <p>
        <strong>Nothing was served on these days.</strong> Put a file into the bucket and ask for it: the request is here some seconds after it was answered.
      </p>
      <Command text={`npx wrangler r2 object put ${BUCKET}/${name}/pics/dino.jpg --file dino.jpg --remote`} label="Copy the command that puts a file into the bucket" />
      <Command text={`curl -O ${location.origin}/${name}/pics/dino.jpg`} label="Copy the command that asks for it" />
      {!isLong && (
        <p>
          <Link to={{ range: null }}>Look at the last {days} days</Link>
        </p>
      )}
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
