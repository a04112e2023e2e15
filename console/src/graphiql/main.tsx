import { GraphiQL } from "graphiql";
import "graphiql/style.css";
import { type ReactNode, StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
import { send } from "../client";
import { openSession } from "../open-session";
import { pageConfig } from "../page";
import { TopBar } from "../top-bar";
import { OnceEditorsAreThere } from "./editors";
import { createFetcher } from "./fetcher";
import "./graphiql.css";
import "./monaco-workers";
import { hasTabs, storageOf } from "./storage";
import { firstTabs } from "./tabs";

/** The page opens without examples rather than later. */
const LONGEST_WAIT_MS = 3000;

const config = pageConfig();
const session = openSession(config);
const fetcher = createFetcher(config.endpoint, session);
const storage = storageOf(config.endpoint, localStorage);
const tabs = hasTabs(storage)
  ? []
  : await firstTabs(config.endpoint, (query) =>
      send(config.endpoint, session, { query }, { signal: AbortSignal.timeout(LONGEST_WAIT_MS) }),
    );

/** GraphiQL, out of reach until its editors are there: a tab that is chosen sooner would get the first one's text. */
function Page(): ReactNode {
  const [ready, setReady] = useState(false);
  return (
    <>
      <TopBar config={config} session={session} here={config.endpoint} />
      <div className="graphiql-frame" inert={!ready}>
        <GraphiQL
          fetcher={fetcher}
          storage={storage}
          {...(tabs.length > 0 && { defaultTabs: tabs })}
          defaultEditorToolsVisibility
          inputValueDeprecation
          schemaDescription
        >
          <GraphiQL.Logo>
            {config.endpoint}
            <OnceEditorsAreThere then={() => setReady(true)} />
          </GraphiQL.Logo>
        </GraphiQL>
      </div>
    </>
  );
}

createRoot(document.getElementById("page")!).render(
  <StrictMode>
    <Page />
  </StrictMode>,
);
