// The page: who is not signed in signs in; whoever is sees the view that the address says.

import { useEffect, useState } from "preact/hooks";
import { ApiFailure } from "./api/client.ts";
import { Link } from "./components/link.tsx";
import { Logo } from "./components/logo.tsx";
import { FailureNotice } from "./components/notice.tsx";
import { OwnerSwitch } from "./components/owner-switch.tsx";
import { ThemeSwitch } from "./components/theme-switch.tsx";
import { view } from "./state/location.ts";
import { isAdmin, owner } from "./state/query.ts";
import { session, signOut } from "./state/session.ts";
import type { View, ViewName } from "./state/view.ts";
import { Admin } from "./views/admin.tsx";
import { Errors } from "./views/errors.tsx";
import { Image } from "./views/image.tsx";
import { Overview } from "./views/overview.tsx";
import { Quality } from "./views/quality.tsx";
import { SignIn } from "./views/sign-in.tsx";
import { Usage } from "./views/usage.tsx";

/** In the order of the menu; a view of later is one more line, and a file in views/. */
const MENU: [ViewName, string][] = [
  ["overview", "Overview"],
  ["errors", "Errors"],
  ["usage", "Usage"],
  ["quality", "Data quality"],
  ["admin", "Administration"],
];

export function App() {
  const state = session.value;
  if (state.is === "asking") return <main class="asking" aria-busy="true" aria-label="Loading" />;
  if (state.is === "out") return <SignIn message={state.message} />;
  return <Frame />;
}

function Frame() {
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const current = view.value.view;
  const leave = () => signOut().catch((error) => setFailure(error instanceof ApiFailure ? error : null));
  useEffect(() => {
    const name = MENU.find(([it]) => it === current)?.[1] ?? view.value.image ?? "";
    document.title = `${name} · ${owner.value === "*" ? "all owners" : owner.value} · Pixtally`;
  }, [current, owner.value, view.value.image]);
  useEffect(() => {
    document.querySelector(".top nav [aria-current]")?.scrollIntoView({ inline: "nearest", block: "nearest" });
  }, [current]);
  return (
    <>
      <a class="skip" href="#content">
        To the figures
      </a>
      <header class="top">
        <Link class="brand" to={{ view: "overview" }} label="Pixtally, overview">
          <Logo />
          <span>Pixtally</span>
        </Link>
        <OwnerSwitch />
        <nav aria-label="Views">
          {MENU.filter(([name]) => name !== "admin" || isAdmin.value).map(([name, title]) => (
            <Link key={name} to={menuTarget(name)} isCurrent={name === current}>
              {title}
            </Link>
          ))}
        </nav>
        <ThemeSwitch />
        <button type="button" class="control" onClick={leave}>
          Sign out
        </button>
      </header>
      {failure && <FailureNotice failure={failure} />}
      <main id="content" tabIndex={-1}>
        <Current key={`${current} ${owner.value} ${view.value.image}`} name={current} />
      </main>
      <footer class="bottom">
        <span>All days and times are UTC. 1 KiB is 1,024 bytes.</span>
        <a href="/v1/openapi.json">API</a>
        <a href="/healthz">Health</a>
      </footer>
    </>
  );
}

/** Filters narrow the overview alone. */
function menuTarget(name: ViewName): Partial<View> {
  return name === "overview" ? { view: name } : { view: name, filters: [], pages: {} };
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
