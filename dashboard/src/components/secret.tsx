// A token's secret, which is shown this once.

import { useState } from "preact/hooks";
import type { ShownToken } from "../api/reports.ts";
import { moment } from "../format/date.ts";
import { Dialog } from "./dialog.tsx";
import { Icon } from "./icon.tsx";

export function Secret({ token, close }: { token: ShownToken; close: () => void }) {
  const [isCopied, setCopied] = useState(false);
  const copy = () => navigator.clipboard.writeText(token.token).then(() => setCopied(true), () => setCopied(false));
  return (
    <Dialog title={`The token of ${token.owner}`} close={close}>
      <p>Copy it now: it is not stored and cannot be shown again.</p>
      <p class="secret">
        <code>{token.token}</code>
        <button type="button" class="control" onClick={copy}>
          <Icon name={isCopied ? "check" : "copy"} />
          {isCopied ? "Copied" : "Copy"}
        </button>
      </p>
      <p class="hint">
        It may {token.scopes.join(", ")}, until {moment(token.expires_at)}.
      </p>
      <div class="buttons">
        <button type="button" class="primary" onClick={close}>
          Done
        </button>
      </div>
    </Dialog>
  );
}
