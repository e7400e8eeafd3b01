// A button that explains what stands beside it, in a popover of the browser: for the mouse, the keyboard and touch. Not for
// errors, nor for what a reader needs to see at all times.

import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon } from "./icon.tsx";

interface Properties {
  /** What is explained, within a sentence. */
  about: string;
  children: ComponentChildren;
}

/** The least distance to an edge of the window, in pixels. */
const MARGIN = 12;

export function Hint({ about, children }: Properties) {
  const id = useId();
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (isOpen) place(box.current!, button.current!.getBoundingClientRect());
  }, [isOpen]);
  return (
    <>
      <button type="button" class="info" ref={button} popoverTarget={id} aria-label={`About ${about}`}>
        <Icon name="info" />
      </button>
      <div class="info-box" id={id} ref={box} popover="auto" role="status" onToggle={(event) => setOpen(event.newState === "open")}>
        {isOpen && children}
      </div>
    </>
  );
}

/** Puts the box below the button, or above it where there is no room, within the window. */
function place(box: HTMLElement, button: DOMRect): void {
  const { width, height } = box.getBoundingClientRect();
  const below = button.bottom + height + MARGIN <= innerHeight;
  box.style.left = `${Math.max(MARGIN, Math.min(button.left, innerWidth - width - MARGIN))}px`;
  box.style.top = `${below ? button.bottom + 4 : Math.max(MARGIN, button.top - height - 4)}px`;
}
