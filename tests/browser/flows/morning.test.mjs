// A nurse's morning, in a real browser.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { alerts, browser, demo, isAccessible, measure, nurse, picture, enrol } from "../ward.mjs";

const rows = (page) => page.locator("#rows > .row");
const row = (page, id) => page.locator(`#alert-${id}`);

/** Alerts of this browser suite alone, so that flows do not get into each other's way. */
async function yellowOf(id, name) {
  await enrol(id, name);
  await measure(id, [[90, 89.5], [45, 89]]);
  return waitForAlert(id);
}

async function waitForAlert(id) {
  for (let tries = 0; tries < 100; tries += 1) {
    const found = (await alerts()).find((alert) => alert.citizen.id === id);
    if (found) return found;
    await new Promise((done) => setTimeout(done, 200));
  }
  throw new Error(`no alert about ${id}`);
}

before(async () => { assert.ok((await alerts()).length > 1, "the demo has alerts"); });
after(async () => { await browser.close(); });

test("a red alert arrives while she looks", async () => {
  const page = await nurse();
  await page.goto("/");
  await page.waitForFunction(() => document.querySelector("#stale")?.hidden);
  await enrol("flow-red", "Karen Margrethe Friis");
  await page.waitForTimeout(500);
  await measure("flow-red", [[50, 84], [10, 83]]);
  const arrived = page.locator(".row.red.fresh", { hasText: "Karen Margrethe Friis" });
  await arrived.waitFor({ timeout: 20_000 });
  assert.match(await arrived.locator(".reason").innerText(), /Iltmætning 83/);
  assert.match(await page.title(), /^\(\d+\)/);
  await page.waitForFunction(() => document.getElementById("spoken").textContent.includes("Karen Margrethe Friis"));
  // It stands where a list that is loaded anew has it.
  const order = () => rows(page).evaluateAll((all) => all.map((each) => each.dataset.id));
  const live = await order();
  await picture(page, "worklist");
  await page.reload();
  assert.deepEqual(live.slice(0, 20), (await order()).slice(0, 20));
  await page.end();
});

test("two nurses claim at once", async () => {
  const alert = await yellowOf("flow-two", "Niels Toft");
  const [maja, ole] = [await nurse("maja"), await nurse("ole", { javaScriptEnabled: false })];
  for (const page of [maja, ole]) await page.goto(`/?level=${alert.level}`);
  await row(maja, alert.id).getByRole("button", { name: "Tag" }).click();
  await maja.locator("#news", { hasText: "Du har taget Niels Toft." }).waitFor();
  await row(maja, alert.id).locator(".hands", { hasText: "Du har den til" }).waitFor();
  await row(ole, alert.id).getByRole("button", { name: "Tag" }).click();
  await ole.locator("[role=alert]", { hasText: "maja var hurtigere" }).waitFor();
  assert.match(await ole.locator(".story").first().innerText(), /maja tog den\./);
  await isAccessible(maja, "a claimed row");
  await picture(ole, "conflict");
  // She thinks better of it.
  await maja.locator("#news").getByRole("button", { name: "Fortryd" }).click();
  await row(maja, alert.id).locator(".hands", { hasText: "Ingen har den" }).waitFor();
  // With a script, he is told in place, and what he wrote is there.
  const late = await nurse("ole");
  await late.goto("/");
  await row(late, alert.id).locator("[data-panel]").click();
  await row(late, alert.id).locator("[data-verb=close] textarea").fill("Talte med ham");
  await row(maja, alert.id).getByRole("button", { name: "Tag" }).click();
  await row(late, alert.id).locator(".changed").waitFor();
  await row(late, alert.id).locator("[data-verb=close] select").selectOption("advice");
  await row(late, alert.id).getByRole("button", { name: "Luk alarmen" }).click();
  await late.locator("dialog[open]", { hasText: "Talte med ham" }).waitFor();
  await isAccessible(late, "a conflict in a dialog");
  for (const page of [maja, ole, late]) await page.end();
});

test("a red breaks through a snooze", async () => {
  const alert = await yellowOf("flow-snooze", "Bodil Krogh Dam");
  const page = await nurse("maja");
  await page.goto("/");
  await page.waitForFunction(() => document.querySelector("#stale")?.hidden);
  await row(page, alert.id).locator("[data-panel]").click();
  await row(page, alert.id).locator("[data-verb=snooze] select").selectOption("24");
  await row(page, alert.id).locator("[data-verb=snooze] [name=reason]").fill("Måler igen i morgen");
  await row(page, alert.id).locator("[data-verb=snooze] button").click();
  await page.locator("#news", { hasText: "Bodil Krogh Dam er udsat." }).waitFor();
  assert.equal(await row(page, alert.id).count(), 0, "it is off the list");
  await measure("flow-snooze", [[20, 84], [8, 83]]);
  await page.locator(`#alert-${alert.id}.red`).waitFor({ timeout: 20_000 });
  assert.match(await row(page, alert.id).locator(".reason").innerText(), /8[34] %/);
  await page.end();
});

test("the whole list by keyboard", async () => {
  const alert = await yellowOf("flow-keys", "Inge Lise Bak");
  const page = await nurse("kaya");
  await page.goto("/?level=yellow");
  await page.keyboard.press("?");
  await page.locator("#help[open]").waitFor();
  await isAccessible(page, "the keys");
  await page.keyboard.press("Escape");
  let at = "";
  await page.keyboard.press("j");
  for (let step = 0; step < 100 && at !== alert.id; step += 1) {
    at = await page.evaluate(() => document.activeElement.dataset.id ?? "");
    if (at !== alert.id) await page.keyboard.press("j");
  }
  assert.equal(at, alert.id, "j gets there");
  await page.keyboard.press("j");
  await page.keyboard.press("k");
  await page.waitForFunction((id) => document.activeElement?.dataset.id === id, alert.id);
  await page.keyboard.press("a");
  await row(page, alert.id).locator(".hands", { hasText: "Du har den til" }).waitFor();
  await page.waitForFunction((id) => document.activeElement?.dataset.id === id, alert.id);
  await page.keyboard.press("s");
  await page.waitForFunction(() => document.activeElement?.name === "hours");
  await picture(page, "panel");
  await page.keyboard.press("Tab");
  await page.keyboard.type("På ferie; måler igen mandag");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.locator("#news", { hasText: "Inge Lise Bak er udsat." }).waitFor();
  assert.equal(await row(page, alert.id).count(), 0, "it is off the list");
  await page.locator("#news").getByRole("button", { name: "Fortryd" }).focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction((id) => document.activeElement?.dataset.id === id, alert.id);
  await page.keyboard.press("c");
  await page.waitForFunction(() => document.activeElement?.name === "outcome");
  await page.keyboard.press("Escape");
  await page.waitForFunction((id) => document.activeElement?.dataset.id === id, alert.id);
  await page.keyboard.press("e");
  await page.waitForFunction(() => document.activeElement?.closest("[data-verb=escalate]"));
  await page.keyboard.press("Escape");
  await page.waitForFunction((id) => document.activeElement?.dataset.id === id, alert.id);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/citizens\//);
  await page.goto("/?level=yellow");
  await page.keyboard.press("/");
  await page.waitForFunction(() => document.activeElement?.id === "q");
  await page.keyboard.type("Inge Bak");
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: "Inge Lise Bak" }).waitFor();
  assert.doesNotMatch(page.url(), /Inge|Bak/i, "no name in an address");
  await page.end();
});

test("a limit is changed, and what is wrong with it is told", async () => {
  const alert = await yellowOf("flow-limit", "Poul Erik Holm");
  const page = await nurse("maja");
  await page.goto(`/citizens/${alert.citizen.id}#plan`);
  const field = page.locator("input[name='limit.spo2_low_yellow']");
  await field.fill("5");
  await page.getByRole("button", { name: "Gem grænser" }).click();
  await page.locator("[role=alert]", { hasText: "Grænserne er ikke gemt" }).waitFor();
  assert.equal(await field.inputValue(), "5", "what was typed is there still");
  await isAccessible(page, "a refused limit");
  await field.fill("88,5");
  await page.getByRole("button", { name: "Gem grænser" }).click();
  await page.waitForURL(/changed=1/);
  assert.equal(await field.inputValue(), "88,5");
  assert.match(await page.locator("#plan .story").innerText(), /88,5/);
  await page.end();
});

test("a chart is looked into", async () => {
  const page = await nurse("maja");
  const steady = (await alerts()).find((alert) => alert.value && alert.citizen.id !== "flow-red");
  await page.goto(`/citizens/${steady.citizen.id}`);
  const plot = page.locator(".u-over").first();
  await plot.waitFor();
  await picture(page, "citizen");
  await plot.scrollIntoViewIfNeeded();
  const box = await plot.boundingBox();
  const asked = page.waitForResponse((response) => response.url().includes("/readings?signal="));
  await page.mouse.move(box.x + box.width * 0.9, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.99, box.y + 60, { steps: 5 });
  await page.mouse.up();
  assert.equal((await asked).status(), 200);
  const whole = page.getByRole("button", { name: "Vis hele perioden" }).first();
  await whole.waitFor();
  await whole.click();
  await page.end();
});

test("the list says when it may be out of date", async () => {
  const page = await nurse("maja");
  await page.goto("/");
  await page.waitForFunction(() => document.querySelector("#stale")?.hidden);
  await page.route("**/api/events", (route) => route.abort());
  await page.reload();
  await page.locator("#stale", { hasText: "Forbindelsen er afbrudt" }).waitFor();
  await isAccessible(page, "a stale list");
  await page.context().close();
});

test("without JavaScript everything can still be done", async () => {
  const alert = await yellowOf("flow-plain", "Ruth Dam");
  const page = await nurse("ruth", { javaScriptEnabled: false });
  await page.goto("/");
  await row(page, alert.id).getByRole("link", { name: /Handl/ }).click();
  await page.locator("[data-verb=close] select").selectOption("visit");
  await page.locator("[data-verb=close] textarea").fill("Besøgte hende");
  await page.getByRole("button", { name: "Luk alarmen" }).click();
  await page.locator("#news", { hasText: "Ruth Dam er lukket." }).waitFor();
  assert.equal(await row(page, alert.id).count(), 0);
  await page.locator("#news").getByRole("button", { name: "Åbn igen" }).click();
  await page.locator("#news", { hasText: "Ruth Dam er åbnet igen." }).waitFor();
  await page.goto(`/citizens/${alert.citizen.id}`);
  assert.ok(await page.locator(".plot > svg").count() > 0, "charts are pictures");
  await page.end();
});

test("handover on paper", async () => {
  const page = await nurse("maja");
  await page.goto("/handover");
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.locator(".top").isVisible(), false);
  assert.ok(await page.locator(".sheet tbody tr").count() >= (await alerts()).length);
  await page.emulateMedia({ media: "screen" });
  await picture(page, "handover");
  await page.end();
});

test("language is switched and kept", async () => {
  const page = await nurse("maja");
  await page.goto("/?level=red");
  await page.getByRole("link", { name: "English" }).first().click();
  assert.equal(await page.locator("html").getAttribute("lang"), "en");
  assert.match(page.url(), /level=red/);
  await page.goto("/handover");
  assert.equal(await page.locator("h1").innerText(), "Handover");
  await page.getByRole("link", { name: "Dansk" }).first().click();
  assert.equal(await page.locator("h1").innerText(), "Overlevering");
  await page.end();
});

test("a phone held upright", async () => {
  const page = await nurse("maja", { viewport: { width: 320, height: 640 } });
  await page.goto("/");
  await picture(page, "worklist-phone");
  await page.end();
  assert.ok(demo.url);
});
