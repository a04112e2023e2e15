import { GraphiQL } from "graphiql";
import "graphiql/style.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { send } from "../client";
import { openSession } from "../open-session";
import { pageConfig } from "../page";
import { TopBar } from "../top-bar";
import { createFetcher } from "./fetcher";
import "./graphiql.css";
import "./monaco-workers";
import { hasTabs, storageOf } from "./storage";
import { firstTabs } from "./tabs";

/** The page opens without examples rather than later. */
const LONGEST_WAIT_MS = 3000;

const config = pageConfig();
const session = openSession(config);
const storage = storageOf(config.endpoint, localStorage);
const tabs = hasTabs(storage)
  ? []
  : await firstTabs(config.endpoint, (query) =>
      send(config.endpoint, session, { query }, { signal: AbortSignal.timeout(LONGEST_WAIT_MS) }),
    );

createRoot(document.getElementById("page")!).render(
  <StrictMode>
    <TopBar config={config} session={session} here={config.endpoint} />
    <GraphiQL
      fetcher={createFetcher(config.endpoint, session)}
      storage={storage}
      {...(tabs.length > 0 && { defaultTabs: tabs })}
      defaultEditorToolsVisibility
      inputValueDeprecation
      schemaDescription
    >
      <GraphiQL.Logo>{config.endpoint}</GraphiQL.Logo>
    </GraphiQL>
  </StrictMode>,
);
