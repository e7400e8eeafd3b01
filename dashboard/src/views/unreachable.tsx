// Nobody knows yet who is signed in, since the worker does not answer: it is asked again until it does.

import type { ApiFailure } from "../api/client.ts";
import { Logo } from "../components/logo.tsx";
import { FailureNotice } from "../components/notice.tsx";
import { ThemeSwitch } from "../components/theme-switch.tsx";
import { resume } from "../state/session.ts";

export function Unreachable({ failure }: { failure: ApiFailure }) {
  return (
    <main class="sign-in">
      <section class="sheet">
        <Logo />
        <h1>Pixtally cannot be reached</h1>
        <FailureNotice failure={failure} lead="No answer" retry={resume} />
        <p class="hint">It is asked again by itself. Whoever was signed in still is.</p>
      </section>
      <ThemeSwitch />
    </main>
  );
}
