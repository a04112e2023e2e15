import { type ReactNode, StrictMode, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { openSession } from "../open-session";
import { pageConfig } from "../page";
import type { SessionState } from "../session";
import { useSession } from "../sign-in";
import { TopBar } from "../top-bar";
import { Api } from "./api";
import "./console.css";
import { type Me, me as meQuery } from "./queries";
import { Connections, Deliveries, Plugins, Roles, Runs, useConnections } from "./sections";
import { Problem } from "./table";
import { useRuns } from "./use-runs";

const config = pageConfig();
const session = openSession(config);
const api = new Api(session);

/** Tells one sign-in from another; null where nobody is signed in. */
function signedInAs(state: SessionState): string | null {
  switch (state.kind) {
    case "starting":
      return null;
    case "users":
      return state.user;
    case "token":
      return state.token === "" ? null : state.token;
  }
}

function Console(): ReactNode {
  const state = useSession(session);
  const user = signedInAs(state);
  return (
    <>
      <TopBar config={config} session={session} here="/console" />
      <main>
        {user !== null && <Mine key={user} user={user} />}
        {user === null && state.kind !== "starting" && <p>Sign in above to see what is yours.</p>}
      </main>
    </>
  );
}

/** What one user sees. */
function Mine({ user }: { readonly user: string }): ReactNode {
  const [me, setMe] = useState<Me | null>(null);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    api.ask<{ readonly me: Me }>({ query: meQuery }).then(
      (answer) => setMe(answer.me),
      (problem: unknown) => setError(problem instanceof Error ? problem.message : String(problem)),
    );
  }, [user]);
  const connected = useConnections({ api, user });
  const watched = [
    ...new Set([...(me?.roles ?? []).map((role) => role.objectRef), ...connected.items.map((item) => item.objectRef)]),
  ];
  const live = useRuns(session, watched, user);
  return (
    <>
      <Problem message={error} />
      <Runs live={live} watched={watched.length} />
      <Deliveries api={api} user={user} moved={live.runs[0]?.updatedAt ?? ""} />
      <Connections list={connected} />
      <Plugins api={api} user={user} />
      {me !== null && <Roles me={me} />}
    </>
  );
}

createRoot(document.getElementById("page")!).render(
  <StrictMode>
    <Console />
  </StrictMode>,
);
