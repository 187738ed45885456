// Charts that can be looked into. Without this, the same stands there as a picture and as a table.
const DAY = 86_400;
const RED = "#b3001b", YELLOW = "#9a6a00", LINE = "#0b5a8a", DOUBT = "#7b1fa2", BASE = "#1b6333";
const LEVELS = { red: RED, yellow: "#c98a00", blue: "#0b4a8f", green: BASE };
// A week without readings is a gap.
const GAP = 7;
const CONTACTS = { inpatient: "rgb(90 60 120 / .22)", emergency: "rgb(179 0 27 / .35)", other: "rgb(74 90 102 / .4)" };
// Below so many days, single readings are shown.
const NEAR = 14;

// What a limit was on a day.
function limitOn(limit, day) {
  let value = null;
  for (const [from, then] of limit.spans) if (from <= day) value = then;
  return value;
}

function columns(data) {
  const [first, last] = data.span;
  const days = [];
  for (let day = first; day <= last; day += 1) days.push(day);
  const by = new Map(data.days.map((entry) => [entry[0], entry]));
  const pick = (at) => days.map((day) => by.get(day)?.[at] ?? null);
  return {
    x: days.map((day) => day * DAY),
    value: pick(1), low: pick(2), high: pick(3),
    limits: data.limits.map((limit) => days.map((day) => limitOn(limit, day))),
    ...usual(data, days),
  };
}

// What each day was compared with; between days with readings, what the last one was, for a week.
function usual(data, days) {
  const by = new Map(data.baseline.map((entry) => [entry[0], entry]));
  const base = [], most = [], least = [];
  let last = null;
  for (const day of days) {
    last = by.get(day) ?? (last && day - last[0] <= GAP ? last : null);
    base.push(last?.[1] ?? null);
    most.push(last ? last[1] + (last[2] ?? 0) : null);
    least.push(last ? last[1] - (last[2] ?? 0) : null);
  }
  return { base, most, least };
}

function formats(data) {
  const number = new Intl.NumberFormat(data.locale, { maximumFractionDigits: 2 });
  const date = new Intl.DateTimeFormat(data.locale, { day: "numeric", month: "short", timeZone: "UTC" });
  const moment = new Intl.DateTimeFormat(data.locale, {
    day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", timeZone: data.zone ?? undefined,
  });
  return { number: (it) => (it == null ? "–" : number.format(it)), date: (it) => date.format(it * 1000), moment: (it) => moment.format(it * 1000) };
}

// Contacts behind everything, as wide as they lasted.
function behind(plot, data) {
  const { ctx, bbox } = plot;
  const [left, right] = [bbox.left, bbox.left + bbox.width];
  ctx.save();
  for (const [from, to, kind] of data.contacts) {
    const [x, end] = [plot.valToPos(from * DAY, "x", true), plot.valToPos(to * DAY, "x", true)];
    if (end < left || x > right) continue;
    const start = Math.max(x, left);
    ctx.fillStyle = CONTACTS[kind] ?? CONTACTS.other;
    ctx.fillRect(start, bbox.top, Math.max(Math.min(end, right) - start, 2 * (devicePixelRatio || 1)), bbox.height);
  }
  ctx.restore();
}

// Alerts as triangles at the top, doubtful readings as crosses.
function draw(plot, data, singles) {
  const { ctx } = plot;
  ctx.save();
  const scale = devicePixelRatio || 1;
  for (const [day, level] of data.marks) {
    const x = plot.valToPos(day * DAY, "x", true);
    if (x < plot.bbox.left || x > plot.bbox.left + plot.bbox.width) continue;
    ctx.fillStyle = LEVELS[level] ?? RED;
    ctx.beginPath();
    ctx.moveTo(x, plot.bbox.top + 10 * scale);
    ctx.lineTo(x - 5 * scale, plot.bbox.top);
    ctx.lineTo(x + 5 * scale, plot.bbox.top);
    ctx.fill();
  }
  ctx.strokeStyle = DOUBT;
  ctx.lineWidth = 1.75 * scale;
  for (const [at, value] of data.doubtful) {
    // It may be anything, so it does not count for the scale, and stands at the edge.
    const { top, height, left, width } = plot.bbox;
    const y = Math.min(Math.max(plot.valToPos(value, "y", true), top), top + height);
    const [x, r] = [plot.valToPos(at, "x", true), 4 * scale];
    if (x < left || x > left + width) continue;
    ctx.beginPath();
    ctx.moveTo(x - r, y - r); ctx.lineTo(x + r, y + r);
    ctx.moveTo(x + r, y - r); ctx.lineTo(x - r, y + r);
    ctx.stroke();
  }
  ctx.fillStyle = "#e07b00";
  for (const [at, value] of singles) {
    const [x, y] = [plot.valToPos(at, "x", true), plot.valToPos(value, "y", true)];
    if (x < plot.bbox.left || x > plot.bbox.left + plot.bbox.width) continue;
    ctx.beginPath();
    ctx.arc(x, y, 3 * scale, 0, 7);
    ctx.fill();
  }
  ctx.restore();
}

function chart(place) {
  const data = JSON.parse(place.dataset.chart);
  const all = columns(data);
  const say = formats(data);
  const singles = [];
  const seen = new Set();
  const labelled = (label, rest) => ({ label, value: (_, it) => say.number(it), ...rest });
  const series = [
    { label: "", value: (_, it) => (it == null ? "" : say.date(it)) },
    labelled(data.name, { stroke: LINE, width: 2, points: { show: true, size: 4, fill: LINE }, spanGaps: true }),
    { show: true, stroke: "transparent", points: { show: false } },
    { show: true, stroke: "transparent", points: { show: false } },
    ...data.limits.map((limit) => ({ stroke: limit.red ? RED : YELLOW, width: 1.25, dash: limit.red ? [6, 4] : [2, 3], points: { show: false } })),
    { stroke: BASE, dash: [10, 4], points: { show: false } },
    { stroke: "transparent", points: { show: false } },
    { stroke: "transparent", points: { show: false } },
  ];
  const most = series.length - 2;
  // What lies on a day beside the measurement.
  const beside = (day) => [
    ...data.contacts.filter(([from, to]) => Math.floor(from) <= day && day <= Math.floor(to)).map((contact) => contact[3]),
    ...data.marks.filter((mark) => mark[0] === day).map((mark) => mark[2]),
  ];
  const whole = [all.x[0], all.x[all.x.length - 1]];
  const tools = document.createElement("p");
  tools.className = "plot-tools";
  const hint = document.createElement("span");
  hint.textContent = data.readings ? data.words.help : "";
  const reset = document.createElement("button");
  reset.type = "button";
  reset.textContent = data.words.whole;
  reset.hidden = true;
  const told = document.createElement("span");
  tools.append(hint, told, reset);

  async function near(plot) {
    const [from, to] = [plot.scales.x.min, plot.scales.x.max];
    const isWhole = from <= whole[0] && to >= whole[1];
    reset.hidden = isWhole;
    if (!data.readings || isWhole || to - from > NEAR * DAY) return;
    const first = Math.floor(from / DAY);
    if (seen.has(first)) return;
    seen.add(first);
    const response = await fetch(`${data.readings}?signal=${data.signal}&from=${first}`);
    if (!response.ok) return;
    singles.push(...await response.json());
    plot.redraw(false);
  }

  const size = () => ({ width: Math.max(240, place.clientWidth), height: 220 });
  const options = {
    ...size(),
    scales: { x: { time: true }, y: { range: (_, low, high) => { const room = Math.max((high - low) * .08, .5); return [low - room, high + room]; } } },
    tzDate: (at) => new Date(at * 1000),
    series,
    legend: { show: false },
    cursor: { drag: { x: true, y: false }, focus: { prox: 30 } },
    axes: [
      { values: (_, ticks) => ticks.map(say.date), grid: { stroke: "#e1e6ea" }, space: 60 },
      { values: (_, ticks) => ticks.map(say.number), grid: { stroke: "#e1e6ea" }, size: 52 },
    ],
    bands: [
      { series: [3, 2], fill: "rgb(143 181 204 / .35)" },
      { series: [most + 1, most], fill: "rgb(27 99 51 / .1)" },
    ],
    hooks: {
      drawAxes: [(plot) => behind(plot, data)],
      draw: [(plot) => draw(plot, data, singles)],
      setScale: [(plot, key) => { if (key === "x") near(plot); }],
      setCursor: [(plot) => {
        const at = plot.cursor.idx;
        const value = at == null ? null : all.value[at];
        const said = at == null ? [] : beside(all.x[at] / DAY);
        if (value != null) said.unshift(`${say.number(value)} ${data.unit}`);
        told.textContent = said.length ? `${say.date(all.x[at])}: ${said.join("; ")}` : "";
        hint.hidden = told.textContent !== "";
      }],
    },
  };
  const picture = place.querySelector("svg");
  const label = picture?.getAttribute("aria-label");
  const holder = document.createElement("div");
  holder.setAttribute("role", "img");
  if (label) holder.setAttribute("aria-label", label);
  place.replaceChildren(holder, tools);
  const plot = new uPlot(options, [all.x, all.value, all.low, all.high, ...all.limits, all.base, all.most, all.least], holder);
  reset.addEventListener("click", () => plot.setScale("x", { min: whole[0], max: whole[1] }));
  new ResizeObserver(() => plot.setSize(size())).observe(place);
  // Paper gets the picture.
  if (picture) {
    addEventListener("beforeprint", () => place.replaceChildren(picture));
    addEventListener("afterprint", () => place.replaceChildren(holder, tools));
  }
}

if (window.uPlot) for (const place of document.querySelectorAll("[data-chart]")) chart(place);
