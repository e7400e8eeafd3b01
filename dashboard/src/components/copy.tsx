// A button that copies the text beside it.

import { useState } from "preact/hooks";
import { Icon } from "./icon.tsx";

/** Whether the text was copied, and the function that copies it. */
export function useCopy(text: string): [isCopied: boolean, copy: () => Promise<void>] {
  const [isCopied, setCopied] = useState(false);
  return [isCopied, () => navigator.clipboard.writeText(text).then(() => setCopied(true), () => setCopied(false))];
}

export function Copy({ text, label }: { text: string; label: string }) {
  const [isCopied, copy] = useCopy(text);
  return (
    <button type="button" class="quiet" aria-label={isCopied ? `Copied: ${label}` : label} title={isCopied ? "Copied" : label} onClick={copy}>
      <Icon name={isCopied ? "check" : "copy"} />
    </button>
  );
}
