// What to do when nothing was served.

import { view } from "../state/location.ts";
import { ALL, owner } from "../state/query.ts";
import { Notice } from "./notice.tsx";
import { Link } from "./link.tsx";

export function Welcome() {
  const name = owner.value === ALL ? "{owner}" : owner.value;
  const { range } = view.value;
  const isLong = "days" in range && range.days >= 30;
  return (
    <Notice>
      <p>
        <strong>Nothing was served on these days.</strong> Media are at <code>{`${location.origin}/${name}/{album}/{file}`}</code>, once a file stands in the bucket
        under <code>{`${name}/{album}/{file}`}</code>; a request is here some seconds after it was answered.
      </p>
      {!isLong && (
        <p>
          <Link to={{ range: { days: 30 } }}>Look at the last 30 days</Link>
        </p>
      )}
    </Notice>
  );
}
