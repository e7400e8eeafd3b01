// A button that opens a box below it. Escape and a click elsewhere close it; the focus goes back to the button.

import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon, type IconName } from "./icon.tsx";

interface Properties {
  icon?: IconName;
  button: ComponentChildren;
  /** The name of the box. */
  label: string;
  children: (close: () => void) => ComponentChildren;
}

export function Popover({ icon, button, label, children }: Properties) {
  const [isOpen, setOpen] = useState(false);
  const frame = useRef<HTMLDivElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const close = () => {
    setOpen(false);
    opener.current?.focus();
  };
  // Before the next key is pressed.
  useLayoutEffect(() => {
    if (!isOpen) return undefined;
    const press = (event: PointerEvent) => !frame.current?.contains(event.target as Node) && setOpen(false);
    const type = (event: KeyboardEvent) => event.key === "Escape" && close();
    document.addEventListener("pointerdown", press);
    document.addEventListener("keydown", type);
    return () => {
      document.removeEventListener("pointerdown", press);
      document.removeEventListener("keydown", type);
    };
  }, [isOpen]);
  // Tabbing out of the box leaves it.
  const leave = (event: FocusEvent) => {
    const next = event.relatedTarget;
    if (next instanceof Node && !frame.current?.contains(next)) setOpen(false);
  };
  return (
    <div class="popover" ref={frame} onFocusOut={leave}>
      <button type="button" class="control" ref={opener} aria-expanded={isOpen} aria-haspopup="dialog" onClick={() => setOpen(!isOpen)}>
        {icon && <Icon name={icon} />}
        {button}
        <Icon name="down" />
      </button>
      {isOpen && (
        <div class="box" role="dialog" aria-label={label}>
          {children(close)}
        </div>
      )}
    </div>
  );
}
