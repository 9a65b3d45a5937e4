#pragma once

#include <string_view>

namespace viaduct::bench::report {

// How a page and its plots look, by day, by night and on paper.
inline constexpr std::string_view style = R"css(
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --ink: #1b2430; --muted: #5d6b7c; --faint: #e3e7ec;
  --axis: #9aa7b5; --good: #14713d; --good-back: #e2f4e9; --warning: #95500a;
  --warning-back: #fdf0db; --rest: #b9c2cc;
  --s0: #2a78d6; --s1: #eb6834; --s2: #1baf7a; --s3: #eda100;
  --s4: #e87ba4; --s5: #008300; --s6: #4a3aa7; --s7: #e34948;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12161b; --card: #1a2027; --ink: #e8edf2; --muted: #9aa8b7; --faint: #2c353f;
    --axis: #5f6d7c; --good: #6fd397; --good-back: #173324; --warning: #f0b45c;
    --warning-back: #3a2a12; --rest: #56616d;
    --s0: #3987e5; --s1: #d95926; --s2: #199e70; --s3: #c98500;
    --s4: #d55181; --s5: #2c9a2c; --s6: #9085e9; --s7: #e66767;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 32px 24px 64px; max-width: 1180px; background: var(--page);
  color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif;
}
h1 { margin: 0; font-size: 28px; letter-spacing: -0.01em; }
h2 { margin: 48px 0 4px; font-size: 21px; }
h3 { margin: 0 0 8px; font-size: 15px; }
.date, .lead, figcaption { margin: 0; color: var(--muted); }
.lead { margin-bottom: 16px; max-width: 75ch; }
figcaption { margin-top: 6px; font-size: 13px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(220px, 1fr)); gap: 14px;
  margin: 20px 0; }
.tile, .table, figure, dl { background: var(--card); border: 1px solid var(--faint);
  border-radius: 10px; }
.tile { padding: 14px 18px; }
.tile b { display: block; font-size: 30px; line-height: 1.2; font-variant-numeric: tabular-nums; }
.tile span { color: var(--muted); font-size: 13px; }
.tile.good b { color: var(--good); }
.tile.warning b { color: var(--warning); }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(240px, 1fr)); gap: 8px 24px;
  margin: 0 0 16px; padding: 14px 18px; }
dt { color: var(--muted); font-size: 12px; }
dd { margin: 0; overflow-wrap: anywhere; }
.left-out { padding: 8px 14px; border-radius: 8px; background: var(--warning-back);
  color: var(--warning); }
.table { overflow-x: auto; padding: 12px 18px; }
table { width: 100%; border-collapse: collapse; font-size: 14px; }
caption { padding-bottom: 6px; font-weight: 600; text-align: left; }
th, td { padding: 5px 14px 5px 0; text-align: left; white-space: nowrap; }
th { color: var(--muted); font-size: 12px; font-weight: 500; }
td { border-top: 1px solid var(--faint); }
.number { text-align: right; font-variant-numeric: tabular-nums; }
td.good { color: var(--good); }
td.warning { color: var(--warning); }
td:last-child.good, td:last-child.warning { font-weight: 600; }
.items { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 16px;
  align-items: start; }
.wide { grid-column: 1 / -1; }
@media (max-width: 900px) { .items { grid-template-columns: minmax(0, 1fr); } }
figure { margin: 0; padding: 14px 18px; }
svg.plot { display: block; width: 100%; height: auto; }
svg.strip { display: block; width: 150px; height: auto; }
.s0 { --hue: var(--s0); --on: #fff; } .s1 { --hue: var(--s1); --on: #20120b; }
.s2 { --hue: var(--s2); --on: #06170f; } .s3 { --hue: var(--s3); --on: #201600; }
.s4 { --hue: var(--s4); --on: #260d17; } .s5 { --hue: var(--s5); --on: #fff; }
.s6 { --hue: var(--s6); --on: #fff; } .s7 { --hue: var(--s7); --on: #fff; }
.rest { --hue: var(--rest); --on: var(--ink); }
svg text { fill: var(--ink); font-size: 12.5px; }
svg .label, svg .small, svg .title { fill: var(--muted); }
svg .small { font-size: 11px; }
svg .strong { fill: var(--ink); }
svg .name { font-weight: 600; }
svg .middle { text-anchor: middle; }
svg .end { text-anchor: end; }
svg .inside { fill: var(--on); font-size: 11.5px; }
svg .grid { stroke: var(--faint); }
svg .axis { stroke: var(--axis); }
svg .line { fill: none; stroke: var(--hue, var(--s0)); stroke-width: 2; stroke-linejoin: round; }
svg .dashed .line { stroke-dasharray: 6 4; }
svg .whisker { stroke: var(--hue); stroke-opacity: 0.45; stroke-width: 1.4; }
svg .leader { stroke: var(--hue); stroke-opacity: 0.5; }
svg .dot { fill: var(--hue, var(--s0)); stroke: var(--card); stroke-width: 1.5; }
svg .hollow { fill: var(--card); stroke: var(--hue); }
svg .bar { fill: var(--hue); }
svg .loose .bar { opacity: 0.45; }
svg .loose .name { fill: var(--warning); }
svg .track { stroke: var(--faint); stroke-width: 5; stroke-linecap: round; }
svg .fill { stroke: var(--s0); stroke-opacity: 0.35; stroke-width: 5; stroke-linecap: round; }
svg .span { stroke: var(--s0); stroke-width: 5; }
svg.loose .span { stroke: var(--warning); stroke-dasharray: 2 2; }
@media print {
  :root {
    color-scheme: light;
    --page: #fff; --card: #fff; --ink: #000; --muted: #444; --faint: #ddd; --axis: #777;
    --good: #14713d; --good-back: #fff; --warning: #95500a; --warning-back: #fff;
    --rest: #b9c2cc;
    --s0: #2a78d6; --s1: #eb6834; --s2: #1baf7a; --s3: #eda100;
    --s4: #e87ba4; --s5: #008300; --s6: #4a3aa7; --s7: #e34948;
  }
  body { padding: 0; max-width: none; font-size: 11px; print-color-adjust: exact;
    -webkit-print-color-adjust: exact; }
  table, figcaption { font-size: 10px; }
  th, td { padding: 3px 8px 3px 0; }
  .table { overflow: visible; }
  .items { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 8px; }
  figure, .tile, tr { break-inside: avoid; }
  h2, h3, caption { break-after: avoid; }
}
)css";

}  // namespace viaduct::bench::report
