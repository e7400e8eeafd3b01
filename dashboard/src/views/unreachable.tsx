// The Worker does not respond, so the page cannot know who is signed in. It retries until it does.

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
        <h1>Can’t reach Pixtally</h1>
        <FailureNotice failure={failure} lead="Connection failed" retry={resume} />
        <p class="hint">Retrying automatically. You’re still signed in.</p>
      </section>
      <ThemeSwitch />
    </main>
  );
}
