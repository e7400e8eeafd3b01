// A way to another view: a link as any other, so that it can be opened beside, copied and reached by keyboard; a plain click
// stays on the page.

import type { ComponentChildren } from "preact";
import { addressOf, go } from "../state/location.ts";
import type { View } from "../state/view.ts";

interface Properties {
  to: Partial<View>;
  children: ComponentChildren;
  class?: string;
  title?: string;
  label?: string;
  isCurrent?: boolean;
}

/** Whether a click is one that a browser would follow in place: not one that opens another tab, or saves. */
export function isPlain({ button, metaKey, ctrlKey, shiftKey, altKey }: MouseEvent): boolean {
  return button === 0 && !metaKey && !ctrlKey && !shiftKey && !altKey;
}

export function Link({ to, children, title, label, isCurrent = false, class: classes }: Properties) {
  const follow = (event: MouseEvent) => {
    if (!isPlain(event)) return;
    event.preventDefault();
    go(to);
  };
  return (
    <a href={addressOf(to)} class={classes} title={title} aria-label={label} aria-current={isCurrent ? "true" : undefined} onClick={follow}>
      {children}
    </a>
  );
}
