import type { Fetcher, FetcherParams } from "@graphiql/toolkit";
import { getOperationAST, type OperationDefinitionNode, parse } from "graphql";
import { type GraphQLRequest, type Headers, send, Socket } from "../client";
import { webSocketUrl } from "../page";
import type { Session } from "../session";

/** How GraphiQL reaches the endpoint: subscriptions over a WebSocket, all else over HTTP, both signed in. */
export function createFetcher(endpoint: string, session: Session): Fetcher {
  return (params, options) => {
    const headers: Headers = options?.headers ?? {};
    const operation = operationIn(params);
    const request: GraphQLRequest = { ...params, operationName: operation?.name?.value ?? params.operationName };
    if (operation?.operation !== "subscription") {
      return send(endpoint, session, request, { headers }) as ReturnType<Fetcher>;
    }
    return subscription(endpoint, session, request, headers) as ReturnType<Fetcher>;
  };
}

/**
 * The operation that is meant; null where the text has none, which the server explains better.
 *
 * GraphiQL names the operation of its last look at the editor: right after a change of tab that is another tab's.
 */
export function operationIn(params: FetcherParams): OperationDefinitionNode | null {
  try {
    const document = parse(params.query);
    return getOperationAST(document, params.operationName) ?? getOperationAST(document) ?? null;
  } catch {
    return null;
  }
}

/** Results on a socket of their own, whose headers are those of this one request. */
function subscription(endpoint: string, session: Session, request: GraphQLRequest, headers: Headers): AsyncIterable<unknown> {
  const socket = new Socket(webSocketUrl(endpoint, location), session, headers);
  const stop = new AbortController();
  const results = (async function* () {
    try {
      yield* socket.subscribe(request, stop.signal);
    } finally {
      await socket.close();
    }
  })();
  // GraphiQL stops by return(), which a generator that waits for its next value would not notice.
  const ended = results.return.bind(results);
  results.return = (value) => {
    stop.abort();
    return ended(value);
  };
  return results;
}
