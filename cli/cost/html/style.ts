/** One sheet; light and dark follow the reader's system. */
export const STYLE = `
:root { color-scheme: light dark; --page: #f6f7f9; --card: #fff; --ink: #1c2430; --soft: #5b6675; --line: #e3e7ec;
  --accent: #2563c9; --cold: #c2571a; --f0: #2563c9; --f1: #b3491b; --f2: #1d7a4c; --f3: #8a3fb0; --f4: #8a6a00; --f5: #0f7580; }
@media (prefers-color-scheme: dark) { :root { --page: #12161c; --card: #1a2029; --ink: #e6eaf0; --soft: #9aa6b5;
  --line: #2b3441; --accent: #7fb0ff; --cold: #f09a5b; --f0: #7fb0ff; --f1: #f09a5b; --f2: #6cc99a; --f3: #cf9af0; --f4: #e0c05a; --f5: #63c7d2; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1480px; margin: 0 auto; padding: clamp(16px, 3vw, 40px); }
h1 { font-size: clamp(22px, 3vw, 30px); line-height: 1.2; margin: 0 0 4px; letter-spacing: -.01em; }
h2 { font-size: 15px; margin: 0 0 12px; }
p { margin: 0; }
.soft, footer { color: var(--soft); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 150px), 1fr)); gap: 12px; margin: 24px 0; }
.tile, .card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 16px; min-width: 0; }
.tile b { display: block; font-size: 22px; line-height: 1.25; font-weight: 600; letter-spacing: -.01em; overflow-wrap: anywhere; }
.tile span { color: var(--soft); font-size: 13px; }
.tile.main b { color: var(--accent); }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 300px), 1fr)); gap: 16px; }
section.card { margin-top: 16px; }
.charts section.card { margin-top: 0; display: flex; flex-direction: column; }
.charts section.card > svg { margin: auto 0; }
svg { display: block; width: 100%; height: auto; overflow: visible; }
svg text { fill: var(--soft); font-size: 11.5px; font-variant-numeric: tabular-nums; }
svg .note { fill: var(--ink); font-size: 12px; }
.grid { stroke: var(--line); stroke-width: 1; }
.bar { fill: var(--accent); } .bar.cold { fill: var(--cold); }
.mark { stroke: var(--ink); stroke-width: 1; stroke-dasharray: 3 3; opacity: .6; }
.range { stroke: var(--tone); stroke-width: 2; opacity: .55; } .dot { fill: var(--tone); stroke: var(--card); stroke-width: 1.5; }
svg .name { fill: var(--tone); font-size: 12px; paint-order: stroke; stroke: var(--card); stroke-width: 3px; stroke-linejoin: round; }
.tone-0 { --tone: var(--f0); } .tone-1 { --tone: var(--f1); } .tone-2 { --tone: var(--f2); }
.tone-3 { --tone: var(--f3); } .tone-4 { --tone: var(--f4); } .tone-5 { --tone: var(--f5); }
.headroom { stroke: var(--soft); stroke-width: 1.5; stroke-dasharray: 1 4; stroke-linecap: round; opacity: .7; }
.touch { fill: transparent; } .hover:hover .bar, .hover:hover .range { opacity: .75; }
.scroll { overflow-x: auto; margin: 0 -16px -16px; padding: 0 16px 16px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 7px 0 7px 20px; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; padding-left: 0; position: sticky; left: 0; background: var(--card); }
thead th { color: var(--soft); font-weight: 500; font-size: 13px; border-bottom: 1px solid var(--line); }
tbody td { border-bottom: 1px solid var(--line); }
tfoot td { font-weight: 600; }
.split { display: flex; height: 12px; border-radius: 6px; overflow: hidden; gap: 2px; margin: 14px 0 8px; }
.split i { min-width: 3px; } .split i, .phases i { background: var(--cold); }
.split i:nth-child(2), .phases span:nth-child(2) i { opacity: .65; } .split i:nth-child(3), .phases span:nth-child(3) i { opacity: .35; }
.phases i { display: inline-block; width: 9px; height: 9px; border-radius: 2px; margin-right: 6px; }
.keys { display: flex; flex-wrap: wrap; gap: 4px 16px; font-size: 13px; color: var(--soft); }
footer { margin-top: 24px; font-size: 13px; max-width: 90ch; }
footer p + p { margin-top: 6px; }
`;
