import { useCallback, useEffect, useRef, useState } from "react";
import type { Api } from "./api";

export interface List<T> {
  readonly items: readonly T[];
  readonly error: string | null;
  readonly loading: boolean;
  /** Loads the next page; null where there is none. */
  readonly more: (() => void) | null;
  /** Loads from the start. */
  readonly reload: () => void;
}

/** A list of the graph, page by page, loaded again when the query, its variables or the user change. */
export function useList<T>(api: Api, query: string, variables: Record<string, unknown>, user: string): List<T> {
  const [items, setItems] = useState<readonly T[]>([]);
  const [cursor, setCursor] = useState<string | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [loading, setLoading] = useState(true);
  const latest = useRef(0);
  const given = JSON.stringify(variables);

  const load = useCallback(
    async (after: string | null) => {
      const mine = ++latest.current;
      setLoading(true);
      try {
        const page = await api.page<T>(query, { ...(JSON.parse(given) as object), after });
        if (mine !== latest.current) return; // Another load began meanwhile: its answer counts.
        const nodes = page.edges.map((edge) => edge.node);
        setItems((shown) => (after === null ? nodes : [...shown, ...nodes]));
        setCursor(page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null);
        setError(null);
      } catch (problem) {
        if (mine !== latest.current) return;
        if (after === null) setItems([]);
        setError(problem instanceof Error ? problem.message : String(problem));
      }
      setLoading(false);
    },
    [api, query, given],
  );
  useEffect(() => void load(null), [load, user]);
  return {
    items,
    error,
    loading,
    more: cursor === null ? null : () => void load(cursor),
    reload: useCallback(() => void load(null), [load]),
  };
}
