// Makes the pages quicker: changes as they happen, actions in place, keys. Nothing here is needed.
const body = document.body;
const rows = document.getElementById("rows");
const byId = (id) => document.getElementById(id);
const parse = (html) => new DOMParser().parseFromString(html, "text/html");

// Whether somebody has touched the page since the server was last told. Only that keeps a session from
// ending, and not what a page asks for by itself.
let touched = false;
for (const kind of ["pointerdown", "keydown", "wheel", "touchmove"]) {
  addEventListener(kind, () => { touched = true; }, { capture: true, passive: true });
}
function quietly(accept = "text/html") {
  const headers = { accept, "x-acted": touched ? "1" : "0" };
  touched = false;
  return { headers };
}

for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => print());

const help = byId("help");
for (const button of document.querySelectorAll("[data-help]")) button.addEventListener("click", () => help?.showModal());

// Says something to whoever does not see the list.
function speak(text) {
  const spoken = byId("spoken");
  if (spoken) { spoken.textContent = ""; setTimeout(() => { spoken.textContent = text; }, 50); }
}

const telling = (row) => `${row.querySelector("h2").textContent}. ${row.querySelector(".reason").textContent}`;

// Somebody writes in the row, or has something open in it: it must not go away under their hands.
const isBusy = (row) => row.querySelector(".panel") !== null;

function replacePart(id, from) {
  const [old, part] = [byId(id), from.getElementById(id)];
  if (!old || !part || old.contains(document.activeElement)) return;
  old.replaceWith(document.adoptNode(part));
}

function tidy() {
  const empty = byId("empty");
  if (empty) empty.hidden = rows.children.length > 0;
  ticks();
  const red = byId("counts")?.querySelector(".red b")?.textContent ?? "0";
  const bare = document.title.replace(/^\(\d+\) /, "");
  document.title = red === "0" ? bare : `(${red}) ${bare}`;
}

// Puts a row where it belongs; the texts in data-place are in the order of the list.
function place(row) {
  const next = [...rows.children].find((other) => other.dataset.place > row.dataset.place);
  rows.insertBefore(row, next ?? null);
}

const tick = (row) => row.querySelector("input[name=alert]");

// The form for what needs no more than a look is of use while there is something to tick.
function ticks() {
  const form = byId("seen");
  if (form) form.hidden = !rows.querySelector("input[name=alert]");
}

function take(fresh) {
  const old = byId(fresh.id);
  // What was ticked stays so, as long as it is what was looked at.
  if (old && tick(old)?.checked && old.dataset.version === fresh.dataset.version && tick(fresh)) tick(fresh).checked = true;
  if (!old) {
    place(fresh);
    fresh.classList.add("fresh");
    if (fresh.dataset.level === "red") speak(`${body.dataset.new} ${telling(fresh)}`);
    return;
  }
  if (Number(old.dataset.version) > Number(fresh.dataset.version)) return;
  if (isBusy(old)) {
    if (old.dataset.version !== fresh.dataset.version && !old.querySelector(".changed")) {
      const note = document.createElement("p");
      note.className = "notice changed";
      note.setAttribute("role", "status");
      note.textContent = body.dataset.changed;
      old.querySelector(".panel").prepend(note);
    }
    return;
  }
  const had = old.contains(document.activeElement) || old === document.activeElement;
  const worse = old.dataset.level !== "red" && fresh.dataset.level === "red";
  old.remove();
  place(fresh);
  if (worse) { fresh.classList.add("fresh"); speak(`${body.dataset.new} ${telling(fresh)}`); }
  if (had) focusRow(fresh);
}

function absorb(page) {
  for (const row of [...page.querySelectorAll("#rows > .row")]) take(document.adoptNode(row));
  for (const gone of page.querySelectorAll("#gone > li")) {
    const row = byId(`alert-${gone.dataset.id}`);
    if (!row || isBusy(row)) continue;
    const neighbour = row.nextElementSibling ?? row.previousElementSibling;
    const had = row.contains(document.activeElement);
    row.remove();
    if (had && neighbour) focusRow(neighbour);
  }
  replacePart("standing", page);
  replacePart("counts", page);
  tidy();
}

// The whole list anew, where it is not known what has changed.
async function refresh() {
  const response = await fetch(location.href, quietly());
  if (response.redirected && new URL(response.url).pathname !== location.pathname) location.reload();
  if (!response.ok) return;
  const page = parse(await response.text());
  const there = new Set([...page.querySelectorAll("#rows > .row")].map((row) => row.id));
  for (const row of [...rows.children]) if (!there.has(row.id) && !isBusy(row)) row.remove();
  absorb(page);
}

const MOST = 60;
const waiting = new Set();
let timer = 0;

async function update() {
  timer = 0;
  last = Date.now();
  const ids = [...waiting];
  waiting.clear();
  try {
    if (ids.length > MOST) { await refresh(); return; }
    const response = await fetch(`${rows.dataset.rows}&ids=${ids.join(",")}`, quietly());
    if (response.status === 401) { leave(); return; }
    if (response.ok) absorb(parse(await response.text()));
  } catch { /* The stream says when the server is back. */ }
}

// At once after some quiet; then not more often than somebody can read, and seldom where nobody does.
let last = 0;
function soon() {
  if (timer) return;
  const gap = last + (document.hidden ? 15_000 : 2_000) - Date.now();
  timer = setTimeout(update, Math.max(gap, 150 + Math.random() * 250));
}
document.addEventListener("visibilitychange", () => {
  if (document.hidden || !timer) return;
  clearTimeout(timer);
  timer = 0;
  soon();
});

// Signed out. Somebody who is writing is not to lose it: it can be sent after signing in.
function leave() {
  stale(true);
  if ([...rows.children].some(isBusy)) setTimeout(leave, 30_000); else location.reload();
}

function stale(is) {
  const banner = byId("stale");
  if (!banner || banner.hidden === !is) return;
  banner.textContent = is ? body.dataset.lost : "";
  banner.hidden = !is;
}

if (rows && body.dataset.live) {
  const events = new EventSource(body.dataset.live);
  events.addEventListener("alert", (event) => { waiting.add(JSON.parse(event.data).alert); soon(); });
  events.addEventListener("ready", () => stale(false));
  events.addEventListener("resync", () => { stale(false); refresh(); });
  events.addEventListener("open", () => stale(false));
  events.addEventListener("error", () => {
    stale(true);
    if (events.readyState === EventSource.CLOSED) setTimeout(leave, 30_000);
  });
  // Times pass, and screening may fall behind, without anything happening to an alert.
  setInterval(() => { for (const row of rows.children) waiting.add(row.dataset.id); soon(); }, 60_000);
}

// Actions in place: the same forms, sent without leaving the page.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!rows || !form.matches("[data-inline]") || rows.classList.contains("alone")) return;
  event.preventDefault();
  const button = event.submitter;
  const row = form.closest(".row");
  button?.setAttribute("aria-busy", "true");
  const back = form.querySelector("[name=back]");
  if (back) back.value = location.pathname + location.search;
  try {
    if (signedOut) await renew();
    const response = await fetch(form.action, {
      method: "POST",
      headers: { accept: "text/html" },
      body: new URLSearchParams(new FormData(form)),
    });
    const page = parse(await response.text());
    // The session has ended: what was written stays where it is.
    const over = page.querySelector("[data-over]");
    signedOut = over !== null || (response.redirected && new URL(response.url).pathname.startsWith("/auth/"));
    if (signedOut) {
      button?.removeAttribute("aria-busy");
      const [news, link] = [byId("news"), over?.querySelector("a")];
      news?.replaceChildren(body.dataset.out, " ", ...(link ? [document.adoptNode(link)] : []));
      return;
    }
    const refused = page.querySelector("[data-refused]");
    if (refused) { tell(refused); await refreshRow(row); return; }
    if (!response.ok) throw new Error(String(response.status));
    row?.querySelector(".panel")?.remove();
    const there = new Set([...page.querySelectorAll("#rows > .row")].map((each) => each.id));
    if (row && !there.has(row.id)) {
      const neighbour = row.nextElementSibling ?? row.previousElementSibling;
      row.remove();
      if (neighbour) focusRow(neighbour);
    }
    // Several rows at once: those that were ticked.
    if (form.id === "seen") for (const each of [...rows.children]) if (tick(each)?.checked && !there.has(each.id)) each.remove();
    absorb(page);
    const [news, fresh] = [byId("news"), page.getElementById("news")];
    if (news && fresh) news.replaceChildren(...fresh.childNodes);
    if (row && there.has(row.id)) focusRow(byId(row.id));
    // What was pressed is gone, as when something is undone: go where it was done.
    if (!row) focusRow(byId(`alert-${new URL(form.action).pathname.split("/")[2]}`));
    button?.removeAttribute("aria-busy");
  } catch {
    button?.removeAttribute("aria-busy");
    const news = byId("news");
    if (news) news.textContent = body.dataset.failed;
  }
});

let signedOut = false;

// After a new sign-in, in another window, forms need its token.
async function renew() {
  const page = parse(await (await fetch(location.href, { headers: { accept: "text/html" } })).text());
  const token = page.querySelector("#rows") && page.querySelector("[name=csrf]");
  if (token) for (const field of document.querySelectorAll("[name=csrf]")) field.value = token.value;
}

// The session that there is now; none where nobody is signed in.
async function session() {
  const response = await fetch("/auth/session", quietly("application/json")).catch(() => undefined);
  if (!response?.ok) return undefined;
  const { csrf, until, ends } = await response.json();
  // By the server's clock, as this computer's may be wrong.
  const now = Date.parse(response.headers.get("date")) || Date.now();
  return { csrf, left: (Date.parse(until) - now) / 1000, isLast: until === ends };
}

// Who is signed in and does nothing is asked in time whether to stay so.
const ending = byId("ending");
const notice = (left) => Math.min(120, left / 2);
function expect(left) { setTimeout(look, Math.max(0, left - notice(left)) * 1000); }
async function look() {
  const there = await session();
  if (there && there.left > 2 * notice(there.left)) { ending.hidden = true; expect(there.left); return; }
  for (const part of ending.children) part.hidden = part.dataset.when !== (there?.isLast ? "last" : there ? "idle" : "over");
  ending.hidden = false;
  if (there) setTimeout(look, (there.left + 2) * 1000);
}
ending?.querySelector("button").addEventListener("click", look);
if (ending) expect(Number(ending.dataset.left));

// What was written comes back on a page of its own; one press sends it, once somebody has signed in.
const again = document.querySelector("form[data-again]");
again?.addEventListener("submit", async (event) => {
  if (again.dataset.asked) return;
  event.preventDefault();
  again.dataset.asked = "1";
  const csrf = (await session())?.csrf;
  if (csrf) {
    const field = again.elements.csrf ?? again.appendChild(Object.assign(document.createElement("input"), { type: "hidden", name: "csrf" }));
    field.value = csrf;
  }
  again.requestSubmit();
});

async function refreshRow(row) {
  if (!row) return;
  row.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
  row.querySelector(".panel")?.remove();
  waiting.add(row.dataset.id);
  await update();
}

// Why something was not done, with what was written.
function tell(refused) {
  const dialog = dialogOf(refused);
  const close = byId("help")?.querySelector("form")?.cloneNode(true);
  if (close) dialog.append(close);
  dialog.showModal();
}

function dialogOf(part) {
  const dialog = document.createElement("dialog");
  dialog.append(...document.adoptNode(part).childNodes);
  const title = dialog.querySelector("h1");
  if (title) { title.id = "told-title"; dialog.setAttribute("aria-labelledby", title.id); }
  document.querySelector("main").append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  return dialog;
}

// What can be done, opened in the row.
async function open(row, verb) {
  let panel = row.querySelector(".panel");
  if (!panel) {
    const link = row.querySelector("[data-panel]");
    const response = await fetch(link.href);
    panel = response.ok ? parse(await response.text()).querySelector("[data-part]") : null;
    if (!panel) { location.href = link.href; return; }
    if (row.querySelector(".panel")) return;
    panel = document.adoptNode(panel);
    row.append(panel);
    link.setAttribute("aria-expanded", "true");
  }
  const form = panel.querySelector(verb ? `[data-verb=${verb}]` : "form");
  const field = form?.querySelector("select, textarea, input:not([type=hidden]), button");
  (field ?? panel.querySelector("summary"))?.focus();
}

function close(row) {
  row.querySelector(".panel")?.remove();
  row.querySelector("[data-panel]")?.setAttribute("aria-expanded", "false");
  focusRow(row);
  waiting.add(row.dataset.id);
  soon();
}

if (rows && !rows.classList.contains("alone")) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-panel]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const row = link.closest(".row");
    if (row.querySelector(".panel")) close(row); else open(row);
  });
}

// All or none, without leaving the page.
document.querySelector("[data-tick]")?.addEventListener("click", (event) => {
  event.preventDefault();
  const boxes = [...rows.querySelectorAll("input[name=alert]")];
  const all = boxes.every((box) => box.checked);
  for (const box of boxes) box.checked = !all;
});

function focusRow(row) {
  if (!row) return;
  row.tabIndex = -1;
  row.focus();
  row.scrollIntoView({ block: "nearest" });
}

const current = () => document.activeElement?.closest?.("#rows > .row");

function step(by) {
  const all = [...rows.children];
  const at = all.indexOf(current());
  focusRow(all[Math.min(all.length - 1, Math.max(0, at < 0 ? 0 : at + by))]);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const row = current();
  if (event.key === "Escape" && row?.querySelector(".panel")) { close(row); return; }
  if (event.target.closest("input, select, textarea, dialog")) return;
  const search = byId("q");
  const keys = {
    "/": () => search?.focus(),
    "?": () => help?.showModal(),
    j: () => rows && step(1),
    k: () => rows && step(-1),
    a: () => row?.querySelector("[data-key=a]")?.click(),
    s: () => row && open(row, "snooze"),
    e: () => row && open(row, "escalate"),
    c: () => row && open(row, "close"),
    Enter: () => event.target === row && row?.querySelector("h2 a")?.click(),
  };
  const does = keys[event.key];
  if (!does || (event.key === "Enter" && event.target !== row)) return;
  event.preventDefault();
  does();
});

// What other limits would have meant, while they are typed.
for (const form of document.querySelectorAll("form[data-preview]")) {
  const place = form.querySelector("#preview");
  let wait = 0, turn = 0;
  async function tryThem() {
    turn += 1;
    const mine = turn;
    place.setAttribute("aria-busy", "true");
    try {
      const sent = new URLSearchParams(new FormData(form));
      const response = await fetch(form.dataset.preview, { method: "POST", headers: { accept: "text/html" }, body: sent });
      const found = parse(await response.text()).getElementById("preview");
      if (mine === turn && found) place.replaceChildren(...document.adoptNode(found).childNodes);
    } catch { /* The button says what is wrong. */ }
    if (mine === turn) place.removeAttribute("aria-busy");
  }
  form.addEventListener("input", () => { clearTimeout(wait); wait = setTimeout(tryThem, 400); });
}

// Who belongs to a cohort, counted whenever something has changed, one question at a time.
for (const live of document.querySelectorAll(".live")) {
  const form = live.closest("form"), [wanted, count] = [byId("live"), byId("count")];
  let asked = 0, answered = 0, busy = false;
  live.hidden = false;
  const told = (page) => [...page.querySelectorAll("[data-members]")].map((part) => `${part.dataset.members}: ${part.textContent}`).join(" · ");
  const send = async (place, fields) => fetch(place, { method: "POST", headers: { accept: "text/html" }, body: fields });
  async function ask() {
    const fields = new URLSearchParams(new FormData(form));
    fields.set("do", "count");
    let response = await send("/cohorts", fields);
    let page = parse(await response.text());
    for (let pause = 1_000; page.querySelector("[data-open]"); pause = Math.min(2 * pause, 15_000)) {
      await new Promise((done) => { setTimeout(done, pause); });
      if (!wanted.checked) await send(`${response.url}/cancel`, new URLSearchParams({ csrf: fields.get("csrf") }));
      response = await fetch(response.url, quietly());
      page = parse(await response.text());
    }
    return told(page) || page.querySelector("main [role=alert]")?.textContent || live.dataset.failed;
  }
  async function keepUp() {
    asked += 1;
    if (busy) return;
    busy = true;
    while (wanted.checked && answered < asked) {
      answered = asked;
      const isReady = form.checkValidity();
      count.textContent = isReady ? live.dataset.busy : live.dataset.missing;
      if (isReady) count.textContent = await ask().catch(() => live.dataset.failed);
    }
    busy = false;
    if (!wanted.checked) count.textContent = "";
  }
  form.addEventListener("change", (event) => {
    // What the fields say is not what would be counted.
    if (event.target.closest("[data-fields]") && form.elements.text.value.trim()) {
      if (wanted.checked) count.textContent = live.dataset.text;
    } else keepUp();
  });
}

// Texts to be sent elsewhere.
for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  const before = button.textContent;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(byId(button.dataset.copy).value);
    button.textContent = button.dataset.copied;
    setTimeout(() => { button.textContent = before; }, 4_000);
  });
}

// A file's text into the field that it would be pasted into.
for (const file of document.querySelectorAll("input[type=file][data-into]")) {
  file.closest("[hidden]").hidden = false;
  file.addEventListener("change", async () => {
    if (file.files.length > 0) byId(file.dataset.into).value = await file.files[0].text();
  });
}
