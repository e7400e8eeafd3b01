// What is wrong with the value of a form field. It stands under the field, which names it in `aria-describedby`.

import type { ComponentChildren } from "preact";

export function FieldError({ id, children }: { id: string; children: ComponentChildren }) {
  return (
    <p class="field-error" id={id} role="alert">
      {children}
    </p>
  );
}
