import type { Fetcher } from "@graphiql/toolkit";
import { getOperationAST } from "graphql";
import { type GraphQLRequest, type Headers, send, subscribe } from "../client";
import { webSocketUrl } from "../page";
import type { Session } from "../session";

/** How GraphiQL reaches the endpoint: subscriptions over a WebSocket, all else over HTTP, both signed in. */
export function createFetcher(endpoint: string, session: Session): Fetcher {
  return (params, options) => {
    const request: GraphQLRequest = params;
    const headers: Headers = options?.headers ?? {};
    const operation = options?.documentAST && getOperationAST(options.documentAST, params.operationName);
    if (operation?.operation !== "subscription") {
      return send(endpoint, session, request, { headers }) as ReturnType<Fetcher>;
    }
    const stop = new AbortController();
    const results = subscribe(webSocketUrl(endpoint, location), session, request, { headers, signal: stop.signal });
    return stoppable(results, stop) as ReturnType<Fetcher>;
  };
}

/** GraphiQL stops a subscription by `return()`, which a generator that waits for its next value does not notice. */
function stoppable<T>(results: AsyncGenerator<T, void, void>, stop: AbortController): AsyncGenerator<T, void, void> {
  const waited = results.return.bind(results);
  results.return = (value) => {
    stop.abort();
    return waited(value);
  };
  return results;
}
