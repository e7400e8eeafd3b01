// What to do when nothing was served.

import { view } from "../state/location.ts";
import { ALL, owner } from "../state/query.ts";
import { Copy } from "./copy.tsx";
import { Link } from "./link.tsx";
import { Notice } from "./notice.tsx";

/** As wrangler.toml names it. */
const BUCKET = "pixtally-media";

export function Welcome() {
  const name = owner.value === ALL ? "OWNER" : owner.value;
  const { range } = view.value;
  const isLong = "days" in range && range.days >= 30;
  return (
    <Notice>
      <p>
        <strong>Nothing was served on these days.</strong> Put a file into the bucket and ask for it: the request is here some seconds after it was answered.
      </p>
      <Command text={`npx wrangler r2 object put ${BUCKET}/${name}/pics/dino.jpg --file dino.jpg --remote`} label="Copy the command that puts a file into the bucket" />
      <Command text={`curl -O ${location.origin}/${name}/pics/dino.jpg`} label="Copy the command that asks for it" />
      {!isLong && (
        <p>
          <Link to={{ range: { days: 30 } }}>Look at the last 30 days</Link>
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
