// The sign-in form. The page sends the token to the Worker once and never stores it.

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { ApiFailure } from "../api/client.ts";
import { FieldError } from "../components/field-error.tsx";
import { Logo } from "../components/logo.tsx";
import { FailureNotice, Notice } from "../components/notice.tsx";
import { ThemeSwitch } from "../components/theme-switch.tsx";
import { signIn } from "../state/session.ts";

const ERROR = "token-error";

export function SignIn({ message }: { message: string | null }) {
  const [token, setToken] = useState("");
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const [isBusy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const isRefused = failure?.status === 401;
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
      field.current?.focus();
    }
  };
  return (
    <main class="sign-in">
      <form onSubmit={submit}>
        <Logo />
        <h1>Sign in to Pixtally</h1>
        {failure !== null && !isRefused ? <FailureNotice failure={failure} lead="Couldn’t sign in" /> : message !== null && <Notice>{message}</Notice>}
        {/* Password managers keep a token under a name. */}
        <input type="text" name="username" value={location.host} autocomplete="username" readOnly hidden />
        <label>
          Access token
          <input
            ref={field}
            type="password"
            name="token"
            autocomplete="current-password"
            required
            spellcheck={false}
            value={token}
            aria-invalid={isRefused}
            aria-describedby={isRefused ? ERROR : undefined}
            onInput={(event) => setToken(event.currentTarget.value)}
          />
        </label>
        {isRefused && <FieldError id={ERROR}>That token is invalid, expired or revoked.</FieldError>}
        <button type="submit" class="primary" disabled={isBusy || token.trim() === ""}>
          {isBusy ? "Signing in…" : "Sign in"}
        </button>
        <p class="hint">Paste the access token you were given.</p>
        <p class="hint">
          <strong>Running this Worker yourself?</strong> Use the value of <code>ADMIN_TOKEN</code>; create tokens for others in Administration.
        </p>
        <details class="hint">
          <summary>How is my token handled?</summary>
          <p>Your token is exchanged for a session cookie and never stored in the browser.</p>
        </details>
      </form>
      <ThemeSwitch />
    </main>
  );
}
