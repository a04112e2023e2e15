/** Who the page speaks as, and the token that says so. */

const DEVELOPMENT_TOKENS = "/oauth/dev-token";
const FIRST_USER = "ada";
const USER_KEY = "izara:user";
const TOKEN_KEY = "izara:token";
/** A token is replaced this long before it expires, so that none expires on its way to the server. */
const MARGIN_MS = 30_000;

/** How signing in works here and where it stands. */
export type SessionState =
  | { readonly kind: "starting" }
  | { readonly kind: "users"; readonly users: readonly string[]; readonly user: string | null }
  | { readonly kind: "token"; readonly token: string };

/** The parts of a browser's storage that a session uses. */
export type KeyValues = Pick<Storage, "getItem" | "setItem" | "removeItem">;

export interface SessionOptions {
  /** Whether to ask for development tokens at all. */
  readonly development: boolean;
  readonly fetch: (path: string, init?: RequestInit) => Promise<Response>;
  /** Milliseconds, on any clock that does not stop. */
  readonly now: () => number;
  /** Keeps the chosen user. */
  readonly users: KeyValues;
  /** Keeps a token typed by hand; goes with the browser's tab. */
  readonly tokens: KeyValues;
}

interface IssuedToken {
  readonly user: string;
  readonly value: string;
  readonly renewAt: number;
}

/** Thrown where no token could be had; the message is for the user. */
export class SignInError extends Error {
  override readonly name = "SignInError";
}

export class Session {
  private current: SessionState = { kind: "starting" };
  private issued: IssuedToken | null = null;
  private pending: { readonly user: string; readonly token: Promise<IssuedToken> } | null = null;
  private readonly listeners = new Set<() => void>();
  private readonly started: Promise<void>;

  constructor(private readonly options: SessionOptions) {
    this.started = this.start();
  }

  get state(): SessionState {
    return this.current;
  }

  /** Calls `listener` after each change of who is signed in; returns how to stop that. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Signs in as a development user, or as nobody. */
  chooseUser(user: string | null): void {
    if (this.current.kind !== "users") return;
    this.options.users.setItem(USER_KEY, user ?? "");
    this.become({ ...this.current, user });
  }

  /** Uses a token from elsewhere; an empty one signs out. */
  useToken(token: string): void {
    if (this.current.kind !== "token") return;
    const bare = token.trim().replace(/^Bearer\s+/i, "");
    if (bare === "") this.options.tokens.removeItem(TOKEN_KEY);
    else this.options.tokens.setItem(TOKEN_KEY, bare);
    this.become({ kind: "token", token: bare });
  }

  /**
   * The value of the `Authorization` header, from a token that is good for a while; null when signed out.
   * Waits until it is known how to sign in.
   *
   * @throws SignInError when the server gives no token.
   */
  async authorization(): Promise<string | null> {
    await this.started;
    const state = this.current;
    if (state.kind === "token") return state.token === "" ? null : `Bearer ${state.token}`;
    if (state.kind !== "users" || state.user === null) return null;
    return `Bearer ${(await this.token(state.user)).value}`;
  }

  /** Says that the server refused the last token; the next request gets a fresh one, where there are any. */
  refused(): void {
    this.issued = null;
  }

  private become(state: SessionState): void {
    this.current = state;
    for (const listener of this.listeners) listener();
  }

  private async start(): Promise<void> {
    const users = this.options.development ? await this.developmentUsers() : null;
    if (users === null) {
      this.become({ kind: "token", token: this.options.tokens.getItem(TOKEN_KEY) ?? "" });
      return;
    }
    const kept = this.options.users.getItem(USER_KEY);
    const known = kept === "" || (kept !== null && users.includes(kept));
    const user = known ? kept : users.includes(FIRST_USER) ? FIRST_USER : (users[0] ?? null);
    this.become({ kind: "users", users, user: user === "" ? null : user });
  }

  /** The users that the server names; null where it gives no development tokens. */
  private async developmentUsers(): Promise<readonly string[] | null> {
    try {
      const response = await this.options.fetch(DEVELOPMENT_TOKENS);
      if (!response.ok) return null;
      const body: unknown = await response.json();
      const users = typeof body === "object" && body !== null && "users" in body ? body.users : null;
      return Array.isArray(users) && users.every((user) => typeof user === "string") ? users : null;
    } catch {
      return null; // Not reachable, or something else answers there: a token can still be typed in.
    }
  }

  /** A token of that user; however many ask at once, one request is made. */
  private async token(user: string): Promise<IssuedToken> {
    if (this.issued?.user === user && this.options.now() < this.issued.renewAt) return this.issued;
    if (this.pending?.user !== user) {
      const token = this.request(user).finally(() => {
        if (this.pending?.token === token) this.pending = null;
      });
      this.pending = { user, token };
    }
    const issued = await this.pending.token;
    this.issued = issued;
    return issued;
  }

  private async request(user: string): Promise<IssuedToken> {
    const asked = this.options.now();
    let body: Record<string, unknown>;
    try {
      const response = await this.options.fetch(DEVELOPMENT_TOKENS, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ user }),
      });
      body = (await response.json()) as Record<string, unknown>;
    } catch {
      throw new SignInError(`Could not sign in as ${user}: the server gave no token. Is it still running?`);
    }
    const { access_token: value, expires_in: seconds } = body;
    if (typeof value !== "string" || typeof seconds !== "number") {
      const reason = typeof body["error_description"] === "string" ? body["error_description"] : "no token in the answer";
      throw new SignInError(`Could not sign in as ${user}: ${reason}`);
    }
    const lifetime = seconds * 1000;
    return { user, value, renewAt: asked + lifetime - Math.min(MARGIN_MS, lifetime / 2) };
  }
}
