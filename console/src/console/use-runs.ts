import { useEffect, useState } from "react";
import { Socket } from "../client";
import { webSocketUrl } from "../page";
import type { Session } from "../session";
import { type Run, runUpdates } from "./queries";

/** So many are shown; older ones make room. */
const KEPT = 50;

export interface LiveRuns {
  readonly runs: readonly Run[];
  readonly error: string | null;
}

/** The runs about these objects as they move, newest first. */
export function useRuns(session: Session, objectRefs: readonly string[], user: string): LiveRuns {
  const [live, setLive] = useState<LiveRuns>({ runs: [], error: null });
  const watched = [...new Set(objectRefs)].sort().join("\n");
  useEffect(() => {
    setLive({ runs: [], error: null });
    if (watched === "") return;
    const socket = new Socket(webSocketUrl("/graphql", location), session);
    const stop = new AbortController();
    const watch = async (objectRef: string): Promise<void> => {
      const request = { query: runUpdates(objectRef), variables: { objectRef } };
      for await (const { data, errors } of socket.subscribe(request, stop.signal)) {
        if (errors?.[0]) throw new Error(errors[0].message);
        const { runs: run } = data as { readonly runs: Run };
        setLive((shown) => ({ ...shown, runs: withRun(shown.runs, run) }));
      }
    };
    for (const objectRef of watched.split("\n")) {
      watch(objectRef).catch((problem: unknown) => {
        const message = problem instanceof Error ? problem.message : String(problem);
        if (!stop.signal.aborted) setLive((shown) => ({ ...shown, error: `${objectRef}: ${message}` }));
      });
    }
    return () => {
      stop.abort();
      void socket.close();
    };
  }, [session, watched, user]);
  return live;
}

/** The runs with this one in its newest state. The same run arrives once for each object that is watched. */
export function withRun(runs: readonly Run[], run: Run): readonly Run[] {
  const known = runs.find((other) => other.id === run.id);
  if (known !== undefined && Date.parse(known.updatedAt) > Date.parse(run.updatedAt)) return runs;
  const others = runs.filter((other) => other.id !== run.id);
  return [run, ...others].sort((a, b) => Date.parse(b.updatedAt) - Date.parse(a.updatedAt)).slice(0, KEPT);
}
