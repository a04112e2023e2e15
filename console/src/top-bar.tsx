import type { ReactNode } from "react";
import type { PageConfig } from "./page";
import type { Session } from "./session";
import { SignIn } from "./sign-in";
import "./top-bar.css";

interface TopBarProps {
  readonly config: PageConfig;
  readonly session: Session;
  /** Path of the page that this is. */
  readonly here: string;
}

/** The bar that all pages share: where one can go, and who one is. */
export function TopBar({ config, session, here }: TopBarProps): ReactNode {
  const pages = [
    ...(config.whole ? [{ path: "/console", label: "Console" }] : []),
    ...(config.whole ? [{ path: "/graphql", label: "Whole graph" }] : []),
    ...config.subgraphs.map((name) => ({ path: `/subgraphs/${name}/graphql`, label: name })),
  ];
  return (
    <header className="top-bar">
      <strong>Izara</strong>
      <nav>
        {pages.map(({ path, label }) => (
          <a key={path} href={path} aria-current={path === here ? "page" : undefined}>
            {label}
          </a>
        ))}
      </nav>
      <SignIn session={session} />
    </header>
  );
}
