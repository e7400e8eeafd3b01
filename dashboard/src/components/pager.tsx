// Which part of a list is shown, and the ways to the others.

import { useLayoutEffect } from "preact/hooks";
import { exact } from "../format/number.ts";
import { go, view } from "../state/location.ts";
import { Icon } from "./icon.tsx";

interface Properties {
  /** The list, as the address names it. */
  list: string;
  size: number;
  values: number;
  /** Whether that many there are of what is asked for now, rather than of what was before. */
  isCurrent: boolean;
}

export function pageOf(list: string): number {
  return view.value.pages[list] ?? 1;
}

export function Pager({ list, size, values, isCurrent }: Properties) {
  const page = pageOf(list);
  const last = Math.max(1, Math.ceil(values / size));
  const turn = (to: number) => go({ pages: { ...view.value.pages, [list]: to } }, { replace: true });
  const isBeyond = isCurrent && page > last;
  useLayoutEffect(() => {
    if (isBeyond) turn(last);
  }, [isBeyond, last]);
  if (values === 0) return <span class="pager" />;
  const [from, to] = [(page - 1) * size + 1, Math.min(page * size, values)];
  return (
    <div class="pager">
      <span>{last === 1 ? `${exact(values)} in all` : `${exact(from)}–${exact(to)} of ${exact(values)}`}</span>
      {last > 1 && (
        <>
          {/* Not disabled: what has the focus would lose it. */}
          <button type="button" class="quiet" aria-label="Earlier rows" aria-disabled={page <= 1} onClick={() => page > 1 && turn(page - 1)}>
            <Icon name="left" />
          </button>
          <button type="button" class="quiet" aria-label="Further rows" aria-disabled={page >= last} onClick={() => page < last && turn(page + 1)}>
            <Icon name="right" />
          </button>
        </>
      )}
    </div>
  );
}
