// Signing in with a token, which goes to the worker once and is kept nowhere.

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { ApiFailure } from "../api/client.ts";
import { Logo } from "../components/logo.tsx";
import { FailureNotice, Notice } from "../components/notice.tsx";
import { ThemeSwitch } from "../components/theme-switch.tsx";
import { signIn } from "../state/session.ts";

export function SignIn({ message }: { message: string | null }) {
  const [token, setToken] = useState("");
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const [isBusy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => field.current?.focus(), []);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    setFailure(null);
    try {
      await signIn(token.trim());
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      setFailure(error);
      setBusy(false);
    }
  };
  return (
    <main class="sign-in">
      <form onSubmit={submit}>
        <Logo />
        <h1>Sign in to Pixtally</h1>
        {failure ? <FailureNotice failure={failure} lead="Not signed in" /> : message !== null && <Notice>{message}</Notice>}
        {/* Password managers keep a token under a name. */}
        <input type="text" name="username" value={location.host} autocomplete="username" readOnly hidden />
        <label>
          Token
          <input
            ref={field}
            type="password"
            name="token"
            autocomplete="current-password"
            required
            spellcheck={false}
            value={token}
            aria-invalid={failure?.status === 401}
            onInput={(event) => setToken(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="primary" disabled={isBusy || token.trim() === ""}>
          {isBusy ? "Signing in…" : "Sign in"}
        </button>
        <p class="hint">
          A token with the scope <code>read</code> shows its owner’s figures. Whoever runs this worker makes them, here under Administration or with{" "}
          <code>POST /v1/tokens</code>; the operator’s own is the <code>ADMIN_TOKEN</code> secret. It is exchanged for a cookie and kept nowhere in the page.
        </p>
      </form>
      <ThemeSwitch />
    </main>
  );
}
