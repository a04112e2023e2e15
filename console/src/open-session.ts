import type { PageConfig } from "./page";
import { Session } from "./session";

/** The session of this browser window. */
export function openSession(config: PageConfig): Session {
  return new Session({
    development: config.development,
    fetch: (path, init) => fetch(path, init),
    now: () => performance.now(),
    users: localStorage,
    tokens: sessionStorage,
  });
}
