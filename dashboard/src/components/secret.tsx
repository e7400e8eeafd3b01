// A token's secret, which is shown this once.

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
    <Dialog title={`The token of ${token.owner}`} close={close} escape={isCopied ? undefined : () => setWarned(true)}>
      <p>Copy it now: it is not stored and cannot be shown again.</p>
      <p class="secret">
        <code>{token.token}</code>
        <button type="button" class="control" onClick={copy}>
          <Icon name={isCopied ? "check" : "copy"} />
          {isCopied ? "Copied" : "Copy"}
        </button>
      </p>
      <p class="hint">
        Scopes: {token.scopes.join(", ")}. Valid until {moment(token.expires_at)}.
      </p>
      {isWarned && !isCopied && <Notice kind="bad">It was not copied here. Once this is closed nobody can see it again: press Done if you have it.</Notice>}
      <div class="buttons">
        <button type="button" class="primary" onClick={close}>
          Done
        </button>
      </div>
    </Dialog>
  );
}
