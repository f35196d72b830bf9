// The look of a run's page, and the only thing that moves on it.
#include "report/html_parts.hpp"

namespace tws {

// Curves differ by their dashes too, not by colour alone. On paper everything is as on a light
// page.
std::string_view page_style() {
  return R"(
:root { --paper: #fff; --ink: #1f2328; --soft: #59636e; --line: #d1d9e0; --faint: #f6f8fa;
  --s1: #0969da; --s2: #bc4c00; --s3: #1a7f37; --s4: #8250df; --s5: #9a6700; --s6: #59636e;
  --bad: #cf222e; --warn: #9a6700; --good: #1a7f37; --hot1: #bc4c00; --hot2: #82071e;
  --h1: #ddf1ff; --h2: #b6e3ff; --h3: #80ccff; --h4: #54aeff; --h5: #218bff; --h6: #0550ae;
  --h7: #002155; }
@media screen and (prefers-color-scheme: dark) { :root { --paper: #0d1117; --ink: #e6edf3;
  --soft: #9da7b3; --line: #3d444d; --faint: #161b22; --s1: #58a6ff; --s2: #f0883e; --s3: #3fb950;
  --s4: #bc8cff; --s5: #d29922; --s6: #9da7b3; --bad: #ff7b72; --warn: #d29922; --good: #3fb950;
  --hot1: #ffa657; --hot2: #ff7b72; --h1: #0c2d6b; --h2: #0d419d; --h3: #1158c7; --h4: #1f6feb;
  --h5: #58a6ff; --h6: #a5d6ff; --h7: #e7f5ff; } }
* { box-sizing: border-box; }
html { background: var(--paper); -webkit-text-size-adjust: 100%; }
body { max-width: 60rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .3rem; font-weight: 650; }
h2 { font-size: 1.15rem; margin: 0 0 .5rem; font-weight: 650; }
h3 { font-size: 1rem; margin: 0 0 .3rem; }
h4 { font-size: .85rem; margin: .7rem 0 .1rem; color: var(--soft); font-weight: 600; }
article ~ h3 { margin-top: 1rem; }
p { margin: 0 0 .6rem; }
small, .note, figcaption { font-size: .85rem; color: var(--soft); font-weight: 400; }
.kicker { color: var(--soft); font-size: .85rem; margin: 0 0 .2rem; }
header p { color: var(--soft); margin: 0; }
header .banner { margin-top: .8rem; }
.banner { border-left: 4px solid var(--warn); background: var(--faint); color: var(--ink);
  padding: .5rem .8rem; }
section, figure { margin: 2.6rem 0 0; break-inside: avoid; }
section#verdict { break-inside: auto; margin-top: 2rem; }
figure + section:not(:has(h2)) { margin-top: 1.2rem; }
code, pre { font: .875em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono",
  monospace; }
pre { background: var(--faint); padding: .8rem; overflow-x: auto; margin: 0 0 .8rem; }
#command { white-space: pre-wrap; }
.tiles { display: grid; grid-template-columns: repeat(6, 1fr); gap: 1px;
  margin: 1.5rem 0 0; background: var(--line); border: 1px solid var(--line); }
.tiles div { background: var(--paper); padding: .7rem .9rem; }
.tiles dt { font-size: .8rem; color: var(--soft); }
.tiles dd { margin: 0; font-size: 1.35rem; font-weight: 600; white-space: nowrap; }
.sentence { font-size: 1.15rem; border-left: 4px solid var(--good); padding: .1rem 0 .1rem .9rem; }
.sentence.invalid { border-color: var(--bad); }
article { border-top: 1px solid var(--line); padding: 1rem 0 .4rem; }
article ul { margin: 0; padding-left: 1.2rem; }
article .headline { font-weight: 500; }
.badge { display: inline-block; min-width: 4.2rem; text-align: center; font-size: .75rem;
  font-weight: 600; border: 1px solid; border-radius: 1rem; padding: 0 .5rem; }
.limit .badge, .fail .badge { color: var(--bad); }
.warning .badge, .unknown .badge { color: var(--warn); }
.note .badge, .pass .badge { color: var(--good); }
article.note { font-size: 1rem; color: inherit; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .9rem; width: 100%; }
th, td { padding: .3rem .8rem .3rem 0; text-align: left; vertical-align: top;
  border-bottom: 1px solid var(--line); }
th { font-weight: 500; }
thead th { color: var(--soft); font-size: .8rem; vertical-align: bottom; }
.numbers td, .numbers thead th { text-align: right; padding-right: 0; padding-left: 1rem; }
.numbers thead th:first-child, .numbers .words { text-align: left; }
.numbers thead th:first-child { padding-left: 0; }
.numbers td, .time th { white-space: nowrap; }
.numbers thead th { overflow-wrap: normal; }
.numbers tbody th { min-width: 8rem; }
.time tbody th { min-width: 0; }
.system td { white-space: normal; }
.time .words { white-space: normal; color: var(--soft); }
.time td.bar { width: 35%; vertical-align: middle; }
svg.bar { display: block; width: 100%; height: .8rem; background: var(--faint); }
svg.bar path { fill: var(--s1); }
figure { margin-left: 0; margin-right: 0; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .1rem 1.2rem; margin: 0; padding: 0;
  font-size: .85rem; }
.key { width: 30px; height: 10px; margin-right: .4rem; }
.cell { width: .9rem; height: .9rem; vertical-align: -.1rem; }
.plot { position: relative; height: 15rem; margin: 1.9rem .8rem 1.9rem 4.6rem; font-size: .78rem;
  line-height: 1; color: var(--soft); }
.plot svg { position: absolute; inset: 0; width: 100%; height: 100%; overflow: visible; }
.plot span { position: absolute; white-space: nowrap; }
.plot .unit { right: 100%; top: -1.5rem; padding-right: .5rem; }
.plot .ty { right: 100%; padding-right: .5rem; transform: translateY(50%); }
.plot .tx { top: 100%; padding-top: .5rem; transform: translateX(-50%); }
.plot .level, .plot .moment { padding: .15rem .3rem; color: var(--ink);
  background: color-mix(in srgb, var(--paper) 80%, transparent); }
.plot .level { right: 0; }
.plot .below { transform: translateY(100%); }
path { vector-effect: non-scaling-stroke; stroke-linejoin: round; }
.grid, .axis, .mark { fill: none; stroke: var(--line); stroke-width: 1px; }
.axis { stroke: var(--soft); }
.mark { stroke: var(--ink); stroke-dasharray: 1 3; }
.s1, .s2, .s3, .s4, .s5, .s6, .hot1, .hot2, .halo { fill: none; stroke-width: 2px;
  stroke-linecap: round; }
.s1 { stroke: var(--s1); } .s2 { stroke: var(--s2); stroke-dasharray: 7 4; }
.s3 { stroke: var(--s3); stroke-dasharray: 1 4; } .s4 { stroke: var(--s4); stroke-dasharray: 12 4; }
.s5 { stroke: var(--s5); stroke-dasharray: 8 4 1 4; } .s6 { stroke: var(--s6);
  stroke-dasharray: 3 3; }
.area { stroke: none; opacity: .14; } .area.s1 { fill: var(--s1); } .area.s2 { fill: var(--s2); }
.hot1 { stroke: var(--hot1); } .hot2 { stroke: var(--hot2); stroke-dasharray: 5 3; }
.halo { stroke: var(--paper); stroke-width: 4.5px; opacity: .75; }
.heat { shape-rendering: crispEdges; }
.h1 { fill: var(--h1); } .h2 { fill: var(--h2); } .h3 { fill: var(--h3); } .h4 { fill: var(--h4); }
.h5 { fill: var(--h5); } .h6 { fill: var(--h6); } .h7 { fill: var(--h7); }
.tip { position: absolute; top: -.4rem; z-index: 1; pointer-events: none; white-space: pre;
  line-height: 1.45; color: var(--ink); background: var(--paper); border: 1px solid var(--line);
  padding: .3rem .6rem; box-shadow: 0 2px 8px #0003; }
.rule { position: absolute; top: 0; bottom: 0; width: 1px; background: var(--ink);
  pointer-events: none; }
[hidden] { display: none; }
summary { cursor: pointer; margin: .8rem 0; }
@media (max-width: 56rem) { .tiles { grid-template-columns: repeat(3, 1fr); } }
@media (max-width: 36rem) { body { padding: 1.2rem 1rem 3rem; } h1 { font-size: 1.3rem; }
  .plot { height: 12rem; margin-left: 4.1rem; } .time .words { display: none; }
  .tiles { grid-template-columns: 1fr 1fr; } .tiles dd { font-size: 1.15rem; } }
@media print { body { max-width: none; padding: 0; font-size: 10pt; } details { display: none; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } .plot { height: 11rem; } }
)";
}

// The values at the pointer's place, or at a finger's. Without it the page lacks only these.
std::string_view page_script() {
  return R"(
'use strict';
for (const plot of document.querySelectorAll('[data-tips]')) {
  const data = JSON.parse(plot.dataset.tips);
  const words = data.w.split('|');
  const values = data.v.map(one => one.split('|'));
  const make = name => {
    const one = document.createElement('div');
    one.className = name;
    one.hidden = true;
    plot.append(one);
    return one;
  };
  const rule = make('rule');
  const tip = make('tip');
  const show = event => {
    const box = plot.getBoundingClientRect();
    const at = (event.clientX - box.left) / box.width * 1000;
    const far = i => Math.abs(data.x[i] - at);
    const i = data.x.reduce((best, _, k) => far(best) > far(k) ? k : best, 0);
    tip.textContent = [words[i], ...data.n.map((name, k) => name + ': ' + values[k][i])].join('\n');
    rule.style.left = data.x[i] / 10 + '%';
    const isRight = data.x[i] > 500;
    tip.style.left = isRight ? '' : 'calc(' + data.x[i] / 10 + '% + .6rem)';
    tip.style.right = isRight ? 'calc(' + (100 - data.x[i] / 10) + '% + .6rem)' : '';
    tip.hidden = rule.hidden = false;
  };
  plot.addEventListener('pointermove', show);
  plot.addEventListener('pointerdown', show);
  plot.addEventListener('pointerleave', () => { tip.hidden = rule.hidden = true; });
}
)";
}

}  // namespace tws
