/** What the server says about the page, in `<meta name="izara-…">` elements. */
export interface PageConfig {
  /** Path of the GraphQL endpoint that this page talks to. */
  readonly endpoint: string;
  /** Names of the subgraphs that have a page of their own. */
  readonly subgraphs: readonly string[];
  /** Whether this server has the whole graph, and so the console. */
  readonly whole: boolean;
  /** Whether development tokens may be had here. */
  readonly development: boolean;
}

const LOCAL_PATH = /^\/(?!\/)[\w./-]*$/;

/** Reads the configuration; what is missing or cannot be meant gets the value of the whole graph's page. */
export function readPageConfig(meta: (name: string) => string | null): PageConfig {
  const endpoint = meta("izara-endpoint") ?? "";
  return {
    endpoint: LOCAL_PATH.test(endpoint) ? endpoint : "/graphql",
    subgraphs: (meta("izara-subgraphs") ?? "").split(" ").filter((name) => name !== ""),
    whole: meta("izara-whole") !== "no",
    development: meta("izara-development") !== "no",
  };
}

/** The configuration of the document that this script runs in. */
export function pageConfig(): PageConfig {
  return readPageConfig((name) => document.querySelector(`meta[name="${name}"]`)?.getAttribute("content") ?? null);
}

/** The WebSocket address of a path of this origin. */
export function webSocketUrl(path: string, location: Pick<Location, "protocol" | "host">): string {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}`;
}
