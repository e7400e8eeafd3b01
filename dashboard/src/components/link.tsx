// A link to another view, which opens in a new tab, copies and takes the focus like any link. A plain click changes the view
// without a page load.

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

/** Whether a browser would follow the click in place, rather than open a tab or save. */
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
