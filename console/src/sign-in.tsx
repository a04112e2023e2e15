import { type FormEvent, type ReactNode, useState, useSyncExternalStore } from "react";
import type { Session, SessionState } from "./session";

/** The session's state, kept up to date. */
export function useSession(session: Session): SessionState {
  return useSyncExternalStore(session.subscribe, () => session.state);
}

/** Who the page speaks as: a development user, or a token from elsewhere. */
export function SignIn({ session }: { readonly session: Session }): ReactNode {
  const state = useSession(session);
  switch (state.kind) {
    case "starting":
      return <span className="quiet">…</span>;
    case "users":
      return (
        <label>
          Signed in as{" "}
          <select value={state.user ?? ""} onChange={(event) => session.chooseUser(event.target.value || null)}>
            {state.users.map((user) => (
              <option key={user}>{user}</option>
            ))}
            <option value="">nobody</option>
          </select>
        </label>
      );
    case "token":
      return <TokenForm session={session} token={state.token} />;
  }
}

function TokenForm({ session, token }: { readonly session: Session; readonly token: string }): ReactNode {
  const [typed, setTyped] = useState(token);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    session.useToken(typed);
  };
  return (
    <form onSubmit={submit}>
      <label>
        Access token{" "}
        <input
          type="password"
          autoComplete="off"
          placeholder="none: signed out"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
      </label>
      <button type="submit" disabled={typed === token}>
        Use
      </button>
    </form>
  );
}
