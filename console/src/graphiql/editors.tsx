import { useGraphiQL } from "@graphiql/react";
import { useEffect } from "react";

/** Calls `then` when all editors of the GraphiQL around it were made. */
export function OnceEditorsAreThere({ then }: { readonly then: () => void }): null {
  const ready = useGraphiQL((state) => Boolean(state.queryEditor && state.variableEditor && state.responseEditor));
  useEffect(() => {
    if (ready) then();
  }, [ready]);
  return null;
}
