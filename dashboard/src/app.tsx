// The page: the sign-in form, or the view that the address names.

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { ApiFailure } from "./api/client.ts";
import { Link } from "./components/link.tsx";
import { Logo } from "./components/logo.tsx";
import { FailureNotice } from "./components/notice.tsx";
import { OwnerSwitch } from "./components/owner-switch.tsx";
import { ThemeSwitch } from "./components/theme-switch.tsx";
import { view } from "./state/location.ts";
import { isAdmin, owner } from "./state/query.ts";
import { hasSignedIn, session, signOut } from "./state/session.ts";
import type { ViewName } from "./state/view.ts";
import { Admin } from "./views/admin.tsx";
import { Errors } from "./views/errors.tsx";
import { Image } from "./views/image.tsx";
import { Overview } from "./views/overview.tsx";
import { Quality } from "./views/quality.tsx";
import { SignIn } from "./views/sign-in.tsx";
import { Unreachable } from "./views/unreachable.tsx";
import { Usage } from "./views/usage.tsx";

/** In the order of the menu. A new view is one more line here and a file in views/. */
const MENU: [ViewName, string][] = [
  ["overview", "Overview"],
  ["errors", "Errors"],
  ["usage", "Usage"],
  ["quality", "Data quality"],
  ["admin", "Administration"],
];

export function App() {
  const state = session.value;
  if (state.is === "asking") return <Asking />;
  if (state.is === "unreachable") return <Unreachable failure={state.failure} />;
  if (state.is === "out") return <SignIn message={state.message} />;
  return <Frame />;
}

/** Appears only when the answer takes long. */
function Asking() {
  return (
    <main class="asking" aria-busy="true">
      <Logo />
      <p>Checking your session…</p>
    </main>
  );
}

/** Moves the focus to the content when a change of view has removed the focused element. */
function useFocus(place: string): void {
  const before = useRef<string | null>(null);
  useLayoutEffect(() => {
    const isLoaded = before.current === null && !hasSignedIn();
    before.current = place;
    if (!isLoaded && document.activeElement === document.body) document.getElementById("content")?.focus({ preventScroll: true });
  }, [place]);
}

function Frame() {
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const current = view.value.view;
  const place = `${current} ${owner.value} ${view.value.image}`;
  useFocus(place);
  useEffect(() => setFailure(null), [place]);
  const leave = () => {
    setFailure(null);
    return signOut().catch((error) => setFailure(error instanceof ApiFailure ? error : null));
  };
  useEffect(() => {
    const name = MENU.find(([it]) => it === current)?.[1] ?? view.value.image ?? "File";
    document.title = `${name} · ${owner.value === "*" ? "All owners" : owner.value} · Pixtally`;
  }, [current, owner.value, view.value.image]);
  const menu = useRef<HTMLElement>(null);
  useEffect(() => showCurrent(menu.current!), [current]);
  return (
    <>
      <a class="skip" href="#content">
        Skip to content
      </a>
      <header class="top">
        <Link class="brand" to={{ view: "overview" }} label="Pixtally overview">
          <Logo />
          <span>Pixtally</span>
        </Link>
        <OwnerSwitch />
        <nav aria-label="Main" ref={menu}>
          {MENU.filter(([name]) => name !== "admin" || isAdmin.value).map(([name, title]) => (
            <Link key={name} to={{ view: name, pages: {} }} isCurrent={name === current}>
              {title}
            </Link>
          ))}
        </nav>
        <ThemeSwitch />
        <button type="button" class="control" onClick={leave}>
          Sign out
        </button>
      </header>
      {failure && <FailureNotice failure={failure} lead="Couldn’t sign you out" retry={leave} again="Sign out" />}
      <main id="content" tabIndex={-1}>
        <Current key={place} name={current} />
      </main>
      <footer class="bottom">
        <span>All times are UTC. Sizes are binary (1 KiB = 1,024 bytes).</span>
        <a href="/v1/openapi.json">API</a>
        <a href="/healthz">Health</a>
      </footer>
    </>
  );
}

/** Scrolls a long menu to its current entry. `scrollIntoView` would also move the start of the Tab order there. */
function showCurrent(menu: HTMLElement): void {
  const entry = menu.querySelector("[aria-current]");
  if (entry === null) return;
  const [frame, { left, right }] = [menu.getBoundingClientRect(), entry.getBoundingClientRect()];
  menu.scrollLeft += Math.max(0, right - frame.right) - Math.max(0, frame.left - left);
}

function Current({ name }: { name: ViewName }) {
  switch (name) {
    case "overview":
      return <Overview />;
    case "errors":
      return <Errors />;
    case "usage":
      return <Usage />;
    case "quality":
      return <Quality />;
    case "admin":
      return isAdmin.value ? <Admin /> : <Overview />;
    case "image":
      return <Image />;
  }
}
