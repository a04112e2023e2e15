/** GraphQL over HTTP and WebSockets, in the name of a session. */
import { type Client, createClient } from "graphql-ws";
import type { Session } from "./session";

/** Request headers by name. */
export type Headers = Readonly<Record<string, string>>;

export interface GraphQLRequest {
  readonly query: string;
  readonly variables?: Record<string, unknown> | undefined;
  readonly operationName?: string | null | undefined;
}

export interface GraphQLResult {
  readonly data?: unknown;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

export interface SendOptions {
  /** Sent too; an `Authorization` among them takes the place of the session's. */
  readonly headers?: Headers;
  readonly signal?: AbortSignal;
}

/** The last wait is half a minute: enough for a server that is being restarted. */
const ATTEMPTS = 7;
const FORBIDDEN = 4403;
const ACCEPT = "application/graphql-response+json, application/json;q=0.9";

/** Sends a query or mutation. Answers that are no GraphQL become errors that say what came instead. */
export async function send(
  endpoint: string,
  session: Session,
  request: GraphQLRequest,
  options: SendOptions = {},
): Promise<GraphQLResult> {
  const headers = { "content-type": "application/json", accept: ACCEPT, ...(await signed(session, options.headers)) };
  const init = { method: "POST", headers, body: JSON.stringify(request), signal: options.signal ?? null };
  let response: Response;
  let text: string;
  try {
    response = await fetch(endpoint, init);
    text = await response.text();
  } catch (cause) {
    throw new Error(`${endpoint} could not be reached. Is the server still running?`, { cause });
  }
  const body = parsed(text);
  if (body?.errors?.some((error) => error.extensions?.code === "UNAUTHENTICATED")) session.refused();
  if (body !== null) return body;
  const said = text.trim().slice(0, 200);
  throw new Error(`${endpoint} answered ${response.status} and no GraphQL${said === "" ? "" : `: ${said}`}`);
}

/**
 * A WebSocket for subscriptions, open while there are some. It is opened again when it breaks or its token expires,
 * and when another user signs in.
 */
export class Socket {
  private readonly client: Client;
  private readonly forget: () => void;

  constructor(url: string, session: Session, headers: Headers = {}) {
    let accepted = false;
    this.client = createClient({
      url,
      connectionParams: () => signed(session, headers),
      retryAttempts: ATTEMPTS,
      retryWait: (retry) => new Promise((resolve) => setTimeout(resolve, retry === 0 ? 0 : 500 * 2 ** retry)),
      on: {
        connected: () => void (accepted = true),
        closed: (event) => void (isClose(event) && event.code === FORBIDDEN && session.refused()),
      },
      // A sign-in that was never accepted is refused again however often it is tried.
      shouldRetry: (problem) => isClose(problem) && (accepted || problem.code !== FORBIDDEN),
    });
    this.forget = session.subscribe(() => this.client.terminate());
  }

  /** Yields the results of a subscription until `signal` aborts. */
  async *subscribe(request: GraphQLRequest, signal?: AbortSignal): AsyncGenerator<GraphQLResult, void, void> {
    if (signal?.aborted) return;
    const { query, variables, operationName } = request;
    const payload = { query, ...(variables && { variables }), ...(operationName && { operationName }) };
    const results = this.client.iterate(payload);
    const stop = (): void => void results.return?.();
    signal?.addEventListener("abort", stop);
    try {
      for await (const result of results) yield result as GraphQLResult;
    } catch (problem) {
      throw readable(problem);
    } finally {
      signal?.removeEventListener("abort", stop);
      stop();
    }
  }

  /** Ends all subscriptions, and the socket. */
  async close(): Promise<void> {
    this.forget();
    await this.client.dispose();
  }
}

async function signed(session: Session, headers: Headers = {}): Promise<Record<string, string>> {
  if (Object.keys(headers).some((name) => name.toLowerCase() === "authorization")) return { ...headers };
  const authorization = await session.authorization();
  return authorization === null ? { ...headers } : { ...headers, Authorization: authorization };
}

function parsed(text: string): GraphQLResult | null {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null && ("data" in body || "errors" in body)
      ? (body as GraphQLResult)
      : null;
  } catch {
    return null;
  }
}

/** Whether the socket was closed, by the server, the network or the client itself. */
function isClose(problem: unknown): problem is Pick<CloseEvent, "code" | "reason"> {
  return typeof problem === "object" && problem !== null && "code" in problem && "reason" in problem;
}

function readable(problem: unknown): unknown {
  if (isClose(problem)) {
    const reason = problem.reason === "" ? "" : `: ${problem.reason}`;
    return new Error(`The server closed the connection (${problem.code})${reason}`);
  }
  return Array.isArray(problem) ? new Error(problem.map((item) => String(item?.message ?? item)).join("\n")) : problem;
}
