"""GraphiQL with assets from the web, for machines on which the pages could not be built."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping

SOURCE = "https://unpkg.com"
"""Where the assets come from. Versions are pinned and checked by their hashes: nothing else will run."""

_STYLE = (
    "graphiql@3.9.0/graphiql.min.css",
    "sha384-QMux00XgRtwRLSYIY3kw2rj1ovk5AuuliAchk+HSQbqdbGFnz9GYuqIlOqxhwCE2",
)
_SCRIPTS = (
    (
        "react@18.3.1/umd/react.production.min.js",
        "sha384-DGyLxAyjq0f9SPpVevD6IgztCFlnMF6oW/XQGmfe+IsZ8TqEiDrcHkMLKI6fiB/Z",
    ),
    (
        "react-dom@18.3.1/umd/react-dom.production.min.js",
        "sha384-gTGxhz21lVGYNMcdJOyq01Edg0jhn/c22nsx0kyqP0TxaV5WVdsSH1fSDUf5YJj1",
    ),
    (
        "graphiql@3.9.0/graphiql.min.js",
        "sha384-8NGfVj4CVlqHajlZj+bPJT4thxPMHMJYn7DWK2CvtopLd02E7qsPHazniBYvVjOO",
    ),
)

_SCRIPT = """
const meta = (name) => document.querySelector(`meta[name="${name}"]`).content;
const note = document.getElementById("note");
const users = document.getElementById("users");
const endpoint = meta("izara-endpoint");
const tokens = "/oauth/dev-token";
const socket = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${endpoint}`;
const firstQuery = `query Stock {
  businesses { edges { node { name goods { edges { node {
    id name stock objectRef
    connections { plugin { tag } links { name object { ... on SellOffer { available } } } }
  } } } } } }
}`;
let issued = { user: null };

async function authorization() {
  const user = users.value;
  if (!user) return {};
  if (issued.user !== user || performance.now() > issued.renewAt) {
    const response = await fetch(tokens, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ user }),
    });
    const body = await response.json();
    if (!response.ok) throw new Error(`Could not sign in as ${user}: ${body.error_description}`);
    issued = { user, token: body.access_token, renewAt: performance.now() + body.expires_in * 500 };
  }
  return { Authorization: `Bearer ${issued.token}` };
}

async function fetcher(params, options) {
  const signed = await authorization();
  const send = GraphiQL.createFetcher({
    url: endpoint,
    subscriptionUrl: socket,
    headers: signed,
    wsConnectionParams: signed,
    enableIncrementalDelivery: false,
  });
  return send(params, options);
}

async function start() {
  if (typeof GraphiQL === "undefined") {
    note.textContent += " They could not be loaded: is this machine connected?";
    return;
  }
  const response = meta("izara-development") === "yes" ? await fetch(tokens) : null;
  const names = response?.ok ? (await response.json()).users : [];
  for (const name of names) users.add(new Option(name, name, name === "ada", name === "ada"));
  document.getElementById("sign-in").hidden = names.length === 0;
  const shown = { fetcher, defaultQuery: endpoint === "/graphql" ? firstQuery : undefined };
  ReactDOM.createRoot(document.getElementById("page")).render(React.createElement(GraphiQL, shown));
}

start().catch((error) => { note.textContent += ` ${error.message}`; });
"""

_PAGE = """<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <link rel="icon" href="data:,">
    <title>GraphiQL · Izara</title>
    {style}
    <style>
      body {{ display: flex; flex-direction: column; height: 100vh; margin: 0; font: 14px/1.5 system-ui, sans-serif; }}
      header {{ display: flex; gap: 20px; padding: 7px 16px; background: #fff3cd; color: #4d3b00; }}
      #note {{ flex: 1; }}
      #page {{ flex: 1; min-height: 0; }}
    </style>
  </head>
  <body>
    <header>
      <span id="note">The pages are not built here, so GraphiQL comes from {source}. {how_to_build}</span>
      <label id="sign-in" hidden>Signed in as <select id="users"><option value="">nobody</option></select></label>
    </header>
    <div id="page"></div>
    {scripts}
    <script>{script}</script>
  </body>
</html>
"""


def web_graphiql(how_to_build: str, source: str = SOURCE) -> str:
    """The page, which says that it is a substitute and how to get the real one."""
    path, integrity = _STYLE
    style = f'<link rel="stylesheet" href="{source}/{path}" integrity="{integrity}" crossorigin="anonymous">'
    scripts = (
        f'<script src="{source}/{path}" integrity="{integrity}" crossorigin="anonymous"></script>'
        for path, integrity in _SCRIPTS
    )
    return _PAGE.format(
        style=style, scripts="\n    ".join(scripts), script=_SCRIPT, source=source, how_to_build=how_to_build
    )


def web_policy(policy: Mapping[str, str], source: str = SOURCE) -> dict[str, str]:
    """The policy of our own pages, opened for these assets and the page's one script, and for nothing else."""
    digest = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()
    return {
        **policy,
        "script-src": f"{source} 'sha256-{digest}'",
        "style-src": f"{source} 'unsafe-inline'",
    }
