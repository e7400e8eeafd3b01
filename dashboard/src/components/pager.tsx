// The visible part of a list, and the buttons that turn its pages.

import { useLayoutEffect } from "preact/hooks";
import { noun } from "../format/label.ts";
import { exact } from "../format/number.ts";
import { go, view } from "../state/location.ts";
import { Icon } from "./icon.tsx";

interface Properties {
  /** The name of the list in the address. */
  list: string;
  size: number;
  values: number;
  /** Whether `values` belongs to the current report, rather than to the previous one. */
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
      <span>{last === 1 ? `${exact(values)} ${noun(list, values)}` : `${exact(from)}–${exact(to)} of ${exact(values)}`}</span>
      {last > 1 && (
        <>
          {/* Not disabled: a focused button would lose the focus. */}
          <button type="button" class="quiet" aria-label="Previous page" aria-disabled={page <= 1} onClick={() => page > 1 && turn(page - 1)}>
            <Icon name="left" />
          </button>
          <button type="button" class="quiet" aria-label="Next page" aria-disabled={page >= last} onClick={() => page < last && turn(page + 1)}>
            <Icon name="right" />
          </button>
        </>
      )}
    </div>
  );
}
