// A button that copies what it stands beside.

import { useState } from "preact/hooks";
import { Icon } from "./icon.tsx";

export function Copy({ text, label }: { text: string; label: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = () => navigator.clipboard.writeText(text).then(() => setCopied(true), () => setCopied(false));
  return (
    <button type="button" class="quiet" aria-label={isCopied ? `Copied: ${label}` : label} title={isCopied ? "Copied" : label} onClick={copy}>
      <Icon name={isCopied ? "check" : "copy"} />
    </button>
  );
}
