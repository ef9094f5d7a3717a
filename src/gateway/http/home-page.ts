// The page at `/`: what this server is, and what to try. Plain HTML that needs no script.

import type { GameInfo } from '../../contract/schema.ts';

export interface HomePageFacts {
  readonly version: string;
  /** As the visitor's browser names the server; from the Host header, so never trusted as HTML. */
  readonly host: string;
  /** Undefined while the list cannot be had. */
  readonly games: readonly GameInfo[] | undefined;
  readonly hasMetrics: boolean;
}

export function homePage(facts: HomePageFacts): string {
  const url = `http://${facts.host}`;
  const game = facts.games?.[0]?.name ?? 'rps';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Paperclip</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/home.css">
</head>
<body>
<main>
<h1>Paperclip <small>${html(facts.version)}</small></h1>
<p>A server for multiplayer games. Players meet in lobbies over HTTP or WebSocket and play over
encrypted UDP.</p>
<h2>Games</h2>
${gameList(facts.games)}
<h2>Play</h2>
<pre><code>npm run paperclip -- play ${html(game)} --server ${html(url)}</code></pre>
<p>in a clone, or <code>npx paperclip play</code> in a project that has the package.</p>
<h2>Talk to it yourself</h2>
<pre><code>curl -X POST ${html(url)}/v1/guests
curl ${html(url)}/v1/games
curl ${html(url)}/v1/lobbies</code></pre>
<h2>Look further</h2>
<ul>
<li><a href="/docs">Every command</a>, to read and to try</li>
<li><a href="/openapi.json">The same for programs</a> (OpenAPI 3.1)</li>
<li><a href="/ready">Does it take players?</a></li>
${facts.hasMetrics ? '<li><a href="/metrics">Metrics</a> for Prometheus</li>\n' : ''}</ul>
</main>
</body>
</html>
`;
}

function gameList(games: readonly GameInfo[] | undefined): string {
  if (games === undefined) return '<p>The list cannot be had at the moment.</p>';
  if (games.length === 0) return '<p>None. Start the server with a folder that has some.</p>';
  const items = games.map(({ name, title, players }) => {
    const seats = players.min === players.max ? `${players.min}` : `${players.min}–${players.max}`;
    return `<li><strong>${html(title)}</strong> <code>${html(name)}</code>, ${seats} players</li>`;
  });
  return `<ul>\n${items.join('\n')}\n</ul>`;
}

const entityOf: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const html = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => entityOf[character]!);

/** A file of its own, so that the page's content policy needs no exception for inline styles. */
export const homeStyle = `:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; }
main { max-width: 42rem; margin: 0 auto; padding: 2rem 1rem; }
h1 small { font-size: 1rem; font-weight: normal; opacity: 0.6; }
h2 { font-size: 1.1rem; margin: 1.8rem 0 0.4rem; }
pre { background: #8882; border-radius: 6px; padding: 0.8rem 1rem; overflow-x: auto; }
ul { padding-left: 1.2rem; }
`;
