// The list itself: what it is asked for, what is seen in one go, and what is not lost.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { alerts, browser, demo, endSessions, enrol, fits, isAccessible, measure, nurse, picture, signIn, someone } from "../ward.mjs";

after(async () => { await browser.close(); });

const row = (page, id) => page.locator(`#alert-${id}`);
const rows = (page) => page.locator("#rows > .row");

async function alertOf(id, fits = () => true, query = "") {
  for (let tries = 0; tries < 100; tries += 1) {
    const found = (await alerts(query)).find((alert) => alert.citizen.id === id && fits(alert));
    if (found) return found;
    await new Promise((done) => setTimeout(done, 200));
  }
  throw new Error(`no such alert about ${id}`);
}

/** Too little oxygen, and enough again. */
async function greenOf(id, name) {
  await enrol(id, name);
  await measure(id, [[90, 89.5], [45, 89]]);
  await alertOf(id);
  await measure(id, [[20, 97], [10, 97]]);
  return alertOf(id, (alert) => alert.level === "green");
}

for (const javaScriptEnabled of [true, false]) {
  test(`what is over is seen in one go, and taken back, ${javaScriptEnabled ? "with" : "without"} scripts`, async () => {
    const with_ = javaScriptEnabled ? "with" : "plain";
    const alert = await greenOf(`flow-seen-${with_}`, `Svend ${javaScriptEnabled ? "Aage" : "Otto"} Lund`);
    const page = await nurse("maja", { javaScriptEnabled });
    await page.goto("/?level=green");
    const box = row(page, alert.id).locator("input[name=alert]");
    if (javaScriptEnabled) {
      await isAccessible(page, "a list with boxes");
      await page.locator("[data-tick]").click();
      assert.equal(await box.isChecked(), true, "all are ticked without leaving the page");
      await page.locator("[data-tick]").click();
      assert.equal(await box.isChecked(), false, "and none");
    } else {
      await page.locator("[data-tick]").click();
      assert.equal(await page.locator("input[name=alert]:not(:checked)").count(), 0);
      await page.goto("/?level=green");
    }
    assert.equal(await page.locator(".row.red input[name=alert], .row.yellow input[name=alert]").count(), 0);
    await box.check();
    await page.getByRole("button", { name: "Luk de afkrydsede som set" }).click();
    await page.locator("#news", { hasText: "1 alarm er lukket som set." }).waitFor();
    assert.equal(await row(page, alert.id).count(), 0, "it is off the list");
    await page.locator("#news").getByRole("button", { name: "Fortryd" }).click();
    await page.locator("#news", { hasText: "1 alarm er åbnet igen." }).waitFor();
    await rows(page).filter({ hasText: "Svend" }).first().waitFor();
    assert.match(page.url(), /level=green/);
    await page.end();
  });
}

test("somebody takes one of those that are ticked", async () => {
  const alert = await greenOf("flow-seen-late", "Mogens Bech");
  const [maja, ole] = [await nurse("maja", { javaScriptEnabled: false }), await nurse("ole")];
  await maja.goto("/?level=green");
  await row(maja, alert.id).locator("input[name=alert]").check();
  await ole.goto("/?level=green");
  await row(ole, alert.id).getByRole("button", { name: "Tag" }).click();
  await ole.locator("#news", { hasText: "Du har taget Mogens Bech." }).waitFor();
  await maja.getByRole("button", { name: "Luk de afkrydsede som set" }).click();
  await maja.locator("#news", { hasText: "Mogens Bech: ole har taget den." }).waitFor();
  assert.equal(await row(maja, alert.id).count(), 1, "it is on the list still");
  await maja.end();
  await ole.end();
});

test("what the list is asked for stands in its address", async () => {
  const page = await nurse("maja");
  await page.goto("/");
  await page.locator("select[name=programme]").selectOption("copd");
  await page.locator("input[name=snoozed]").check();
  await page.getByRole("button", { name: "Vis", exact: true }).click();
  await page.waitForURL(/programme=copd/);
  assert.match(page.url(), /snoozed=1/);
  assert.equal(await page.locator("select[name=programme]").inputValue(), "copd");
  // The counts are of what is asked for.
  const counted = async () => Number(await page.locator("#counts .counts > li").first().locator("b").innerText());
  const [all, there] = [await counted(), await rows(page).count()];
  assert.ok(all >= there && (all === there || there === 40), `${all} ${there}`);
  await page.locator("#counts .yellow a").click();
  await page.waitForURL(/level=yellow/);
  assert.match(page.url(), /programme=copd/);
  assert.equal(await page.locator("#rows > .row:not(.yellow)").count(), 0);
  await page.goBack();
  assert.equal(await rows(page).count(), there, "and the way back is the browser's own");
  await page.end();
});

test("a session ends in mid-sentence, without scripts", async () => {
  const [first] = await alerts();
  const page = await someone(null, { javaScriptEnabled: false });
  // That nobody is signed in is an answer, too.
  page.removeAllListeners("console");
  await page.goto(`/alerts/${first.id}`);
  await signIn(page, "nurse");
  const written = 'Ringede:\n"bedre" <nu> & glad';
  await page.locator("[data-verb=note] textarea").fill(written);
  endSessions();
  await page.getByRole("button", { name: "Gem note" }).click();
  await page.locator("h1", { hasText: "Du er ikke logget ind længere" }).waitFor();
  assert.doesNotMatch(page.url(), /Ringede/);
  assert.match(await page.locator("dl .quote").innerText(), /"bedre" <nu> & glad/);
  await picture(page, "session-over");
  const opened = page.context().waitForEvent("page");
  await page.getByRole("link", { name: "Log ind i et nyt vindue" }).click();
  const other = await opened;
  await signIn(other, "nurse");
  await other.locator("h1", { hasText: "Du er logget ind" }).waitFor();
  await other.close();
  await page.getByRole("button", { name: "Send igen" }).click();
  await page.getByText("Du er logget ind som Nanna Nord").waitFor();
  await page.getByRole("button", { name: "Send igen" }).click();
  await page.locator("#news", { hasText: "er gemt." }).waitFor();
  const kept = await fetch(`${demo.url}/api/alerts/${first.id}`, { headers: { authorization: `Bearer ${demo.tokens.nurse}` } });
  const texts = (await kept.json()).events.map((event) => event.text?.replaceAll("\r\n", "\n"));
  assert.ok(texts.includes(written), JSON.stringify(texts));
  await page.end();
});

test("limits that were typed are there after signing in again", async () => {
  const [first] = await alerts();
  const page = await someone(null);
  page.removeAllListeners("console");
  await page.goto(`/citizens/${first.citizen.id}`);
  await signIn(page, "nurse");
  const field = page.locator("input[name^='limit.']").first();
  const before = await field.getAttribute("name");
  await field.fill("nonsense 7");
  endSessions();
  await page.getByRole("button", { name: "Gem grænser" }).click();
  await page.locator("dl .quote", { hasText: "nonsense 7" }).waitFor();
  await isAccessible(page, "limits, and the session is over");
  const window = page.context().waitForEvent("page");
  await page.getByRole("link", { name: "Log ind i et nyt vindue" }).click();
  const other = await window;
  await signIn(other, "nurse");
  await other.locator("h1", { hasText: "Du er logget ind" }).waitFor();
  await other.close();
  // One press: a script brings the token of the new session.
  await page.getByRole("button", { name: "Send igen" }).click();
  await page.locator("[role=alert]", { hasText: "Grænserne er ikke gemt" }).waitFor();
  assert.equal(await page.locator(`input[name='${before}']`).inputValue(), "nonsense 7");
  await page.end();
});

test("the list at two widths", async () => {
  for (const [width, height] of [[1280, 900], [360, 740]]) {
    const page = await nurse("maja", { viewport: { width, height } });
    await page.goto("/");
    await fits(page, `/ ${width}`);
    await picture(page, `list-${width}`);
    await picture(page, `list-${width}-whole`, { fullPage: true });
    await rows(page).first().locator("[data-panel]").click();
    await rows(page).first().locator(".panel").waitFor();
    await fits(page, `a panel ${width}`);
    await picture(page, `panel-${width}`);
    await page.end();
  }
});
