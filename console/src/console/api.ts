import { type GraphQLRequest, send } from "../client";
import type { Session } from "../session";
import type { Page } from "./queries";

const ENDPOINT = "/graphql";

/** Asks the whole graph in the name of the session. */
export class Api {
  constructor(readonly session: Session) {}

  /** The data of an answer; throws with the messages where there are errors. */
  async ask<T>(request: GraphQLRequest): Promise<T> {
    const { data, errors } = await send(ENDPOINT, this.session, request);
    if (errors && errors.length > 0) throw new Error(errors.map((error) => error.message).join("\n"));
    return data as T;
  }

  /** One page of the list that the query calls `page`. */
  async page<T>(query: string, variables: Record<string, unknown>): Promise<Page<T>> {
    return (await this.ask<{ readonly page: Page<T> }>({ query, variables })).page;
  }
}
