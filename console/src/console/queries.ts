/** What the console asks, and the shapes of the answers. */
import connections from "./queries/connections.graphql?raw";
import deliveries from "./queries/deliveries.graphql?raw";
import me from "./queries/me.graphql?raw";
import plugins from "./queries/plugins.graphql?raw";
import redrive from "./queries/redrive.graphql?raw";

export { connections, deliveries, me, plugins, redrive };

export interface Page<T> {
  readonly edges: readonly { readonly node: T }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

export interface Me {
  readonly name: string;
  readonly kind: string;
  readonly scopes: readonly string[];
  readonly roles: readonly { readonly objectRef: string; readonly role: string }[];
}

export interface Plugin {
  readonly tag: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly objTypes: readonly string[];
  readonly permissions: readonly string[];
  readonly hooks: readonly { readonly id: string; readonly mode: string }[];
  readonly problems: readonly string[];
}

export interface Connection {
  readonly id: string;
  readonly objectRef: string;
  readonly status: string;
  readonly plugin: { readonly tag: string };
  readonly links: readonly { readonly name: string; readonly objectRef: string | null; readonly url: string | null }[];
}

export interface Delivery {
  readonly id: string;
  readonly hookId: string;
  readonly status: string | null;
  readonly attempt: number;
  readonly nextAt: string | null;
  readonly lastError: string | null;
  readonly createdAt: string;
  readonly plugin: { readonly tag: string } | null;
  readonly run: { readonly id: string; readonly flow: string; readonly status: string } | null;
}

export const DELIVERY_STATUSES = [
  "PENDING",
  "LEASED",
  "DEAD",
  "COMPLETED",
  "REJECTED",
  "TIMED_OUT",
  "FAILED",
  "CANCELLED",
] as const;

/** How far a step over many objects has come. */
export interface RunProgress {
  readonly step: string;
  readonly page: number;
  readonly done: number;
  /** Null where it is not known how many there were when the step began. */
  readonly of: number | null;
  readonly failed: number;
  readonly undone: number;
}

export interface Run {
  readonly id: string;
  readonly service: string;
  readonly flow: string;
  readonly step: string | null;
  readonly status: string;
  readonly awaiting: readonly string[];
  readonly progress: RunProgress | null;
  readonly objectRefs: readonly string[];
  readonly failure: { readonly code: string; readonly message: string } | null;
  readonly rejections: readonly { readonly pluginTag: string; readonly code: string; readonly message: string }[];
  readonly updatedAt: string;
}

const RUN_FIELDS = `id service flow step status awaiting objectRefs updatedAt
    progress { step page done of failed undone } failure { code message } rejections { pluginTag code message }`;

/** The subscription to all runs of an object, in the service that the ref names. */
export function runUpdates(objectRef: string): string {
  return `subscription Runs($objectRef: String!) {
  runs: ${serviceOf(objectRef)}RunUpdates(objectRef: $objectRef) {
    ${RUN_FIELDS}
  }
}`;
}

/** The service of an object ref; throws where it is none, for the name becomes part of a query. */
export function serviceOf(objectRef: string): string {
  const found = /^([a-z][A-Za-z0-9]*):[^:]+:/.exec(objectRef)?.[1];
  if (found === undefined) throw new Error(`${objectRef} is no object ref`);
  return found;
}
