// The secret of a new token, shown once.

import { useState } from "preact/hooks";
import type { ShownToken } from "../api/reports.ts";
import { moment } from "../format/date.ts";
import { useCopy } from "./copy.tsx";
import { Dialog } from "./dialog.tsx";
import { Icon } from "./icon.tsx";
import { Notice } from "./notice.tsx";

export function Secret({ token, close }: { token: ShownToken; close: () => void }) {
  const [isCopied, copy] = useCopy(token.token);
  const [isWarned, setWarned] = useState(false);
  return (
    <Dialog title={`New token for ${token.owner}`} close={close} escape={isCopied ? undefined : () => setWarned(true)}>
      <p>Copy it now. You won’t see it again.</p>
      <p class="secret">
        <code>{token.token}</code>
        <button type="button" class="control" onClick={copy}>
          <Icon name={isCopied ? "check" : "copy"} />
          {isCopied ? "Copied" : "Copy"}
        </button>
      </p>
      <p class="hint">
        Scopes: {token.scopes.join(", ")}. Expires {moment(token.expires_at)}.
      </p>
      {isWarned && !isCopied && <Notice kind="bad">You haven’t copied this token. Once closed, it can’t be shown again.</Notice>}
      <div class="buttons">
        <button type="button" class="primary" onClick={close}>
          Done
        </button>
      </div>
    </Dialog>
  );
}
