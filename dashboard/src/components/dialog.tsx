// A question or message that blocks the page until it is closed.

import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

interface Properties {
  title: string;
  children: ComponentChildren;
  close: () => void;
  /** What Escape does instead of closing the dialog. */
  escape?: (() => void) | undefined;
}

export function Dialog({ title, children, close, escape }: Properties) {
  const element = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const dialog = element.current!;
    const opener = document.activeElement;
    dialog.showModal();
    return () => {
      // While the dialog is open, nothing behind it can take the focus.
      dialog.close();
      if (opener instanceof HTMLElement) opener.focus();
      if (document.activeElement !== opener) document.getElementById("content")?.focus({ preventScroll: true });
    };
  }, []);
  const type = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || escape === undefined) return;
    event.preventDefault();
    escape();
  };
  // The back gesture of a phone asks as well.
  const cancel = (event: Event) => {
    if (escape === undefined) return;
    event.preventDefault();
    escape();
  };
  return (
    <dialog ref={element} onKeyDown={type} onCancel={cancel} aria-labelledby="dialog-title" onClose={close}>
      <h2 id="dialog-title">{title}</h2>
      {children}
    </dialog>
  );
}
