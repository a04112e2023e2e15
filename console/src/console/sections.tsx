import { type ReactNode, useEffect, useState } from "react";
import type { Api } from "./api";
import {
  type Connection,
  connections,
  deliveries,
  type Delivery,
  DELIVERY_STATUSES,
  type Me,
  type Plugin,
  plugins,
  redrive,
} from "./queries";
import { type Column, ListTable, Problem, Progress, Ref, Status, Table, Time } from "./table";
import { type List, useList } from "./use-list";
import type { LiveRuns } from "./use-runs";

interface SectionProps {
  readonly api: Api;
  /** Who is signed in: another one sees other things. */
  readonly user: string;
}

export function Roles({ me }: { readonly me: Me }): ReactNode {
  return (
    <section>
      <h2>{me.name}</h2>
      {me.scopes.length > 0 && <p>Scopes: {me.scopes.join(", ")}</p>}
      <Table
        columns={[
          ["Object", ({ objectRef }) => <Ref value={objectRef} />],
          ["Role", ({ role }) => role.toLowerCase()],
        ]}
        items={me.roles}
        keyOf={({ objectRef }) => objectRef}
        empty="no role on any object"
      />
    </section>
  );
}

export function Runs({ live, watched }: { readonly live: LiveRuns; readonly watched: number }): ReactNode {
  return (
    <section>
      <h2>Live runs</h2>
      <p className="quiet">
        Of the {watched} objects that you have a role on or that a plugin is connected to, as they move.
      </p>
      <Problem message={live.error} />
      <Table
        columns={[
          ["Moved", (run) => <Time value={run.updatedAt} />],
          ["Flow", (run) => `${run.service} ${run.flow}`],
          ["Status", (run) => <Status value={run.status} />],
          ["Step", (run) => run.step],
          ["Progress", (run) => run.progress && <Progress value={run.progress} />],
          ["Awaits", (run) => run.awaiting.join(", ")],
          ["About", (run) => run.objectRefs.map((ref) => <Ref key={ref} value={ref} />)],
          ["Said", (run) => [...run.rejections, ...(run.failure ? [run.failure] : [])].map(said).join("; ")],
        ]}
        items={live.runs}
        keyOf={(run) => run.id}
        empty="no run yet: change something in GraphiQL"
      />
    </section>
  );
}

function said(problem: { readonly pluginTag?: string; readonly code: string; readonly message: string }): string {
  return `${problem.pluginTag ? `${problem.pluginTag}: ` : ""}${problem.code} ${problem.message}`;
}

export function Plugins({ api, user }: SectionProps): ReactNode {
  const list = useList<Plugin>(api, plugins, {}, user);
  return (
    <section>
      <h2>Plugins</h2>
      <ListTable
        list={list}
        columns={[
          ["Tag", (plugin) => plugin.tag],
          ["Name", (plugin) => plugin.name],
          ["State", (plugin) => <Status value={plugin.enabled ? "ENABLED" : "DISABLED"} />],
          ["Connects to", (plugin) => plugin.objTypes.join(", ")],
          ["Hooks", (plugin) => plugin.hooks.map((hook) => <Ref key={hook.id} value={hook.id} />)],
          ["Permissions", (plugin) => plugin.permissions.join(", ")],
          ["Problems", (plugin) => plugin.problems.join("; ")],
        ]}
        keyOf={(plugin) => plugin.tag}
        empty="no plugin is registered"
      />
    </section>
  );
}

export function Connections({ list }: { readonly list: List<Connection> }): ReactNode {
  return (
    <section>
      <h2>Connections</h2>
      <ListTable
        list={list}
        columns={[
          ["Object", (connection) => <Ref value={connection.objectRef} />],
          ["Plugin", (connection) => connection.plugin.tag],
          ["Status", (connection) => <Status value={connection.status} />],
          [
            "Links",
            (connection) =>
              connection.links.map((link) => (
                <div key={link.name}>
                  {link.name} → <Ref value={link.objectRef ?? link.url ?? ""} />
                </div>
              )),
          ],
        ]}
        keyOf={(connection) => connection.id}
        empty="no plugin is connected to an object of yours"
      />
    </section>
  );
}

/** The connections that the console shows, for whoever needs them too. */
export function useConnections({ api, user }: SectionProps): List<Connection> {
  return useList<Connection>(api, connections, {}, user);
}

interface DeliveriesProps extends SectionProps {
  /** Changes when a run moved, and deliveries probably with it. */
  readonly moved: string;
}

export function Deliveries({ api, user, moved }: DeliveriesProps): ReactNode {
  const [status, setStatus] = useState<string>("");
  const [problem, setProblem] = useState<string | null>(null);
  const list = useList<Delivery>(api, deliveries, status === "" ? {} : { status }, user);
  const { reload } = list;
  useEffect(reload, [reload, moved]);

  const again = async (id: string): Promise<void> => {
    try {
      const input = { select: { ids: [id] } };
      const answer = await api.ask<{ readonly redriveDeliveries: { readonly errors: readonly { message: string }[] } }>({
        query: redrive,
        variables: { input },
      });
      setProblem(answer.redriveDeliveries.errors[0]?.message ?? null);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
    reload();
  };
  const columns: Column<Delivery>[] = [
    ["Made", (delivery) => <Time value={delivery.createdAt} />],
    ["Hook", (delivery) => <Ref value={delivery.hookId} />],
    ["Plugin", (delivery) => delivery.plugin?.tag],
    ["Status", (delivery) => <Status value={delivery.status} />],
    ["Attempt", (delivery) => delivery.attempt],
    ["Next", (delivery) => delivery.nextAt !== null && <Time value={delivery.nextAt} />],
    ["Last error", (delivery) => delivery.lastError],
    [
      "",
      (delivery) =>
        delivery.status === "DEAD" && (
          <button type="button" onClick={() => void again(delivery.id)}>
            Redrive
          </button>
        ),
    ],
  ];
  return (
    <section>
      <h2>Deliveries</h2>
      <p>
        <label>
          Status{" "}
          <select value={status} onChange={(event) => setStatus(event.target.value)}>
            <option value="">any, oldest first</option>
            {DELIVERY_STATUSES.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>{" "}
        <button type="button" onClick={reload}>
          Look again
        </button>
      </p>
      <Problem message={problem} />
      <ListTable list={list} columns={columns} keyOf={(delivery) => delivery.id} empty="none" />
    </section>
  );
}
