// Signing in and out as people do, and what a session is for.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { alerts, browser, demo, endSessions, isAccessible, signIn, someone } from "../ward.mjs";

after(async () => { await browser.close(); });

for (const javaScriptEnabled of [true, false]) {
  test(`a nurse signs in, claims an alert and signs out, ${javaScriptEnabled ? "with" : "without"} scripts`, async () => {
    const [first] = await alerts();
    const page = await someone(null, { javaScriptEnabled });
    await page.goto(`/alerts/${first.id}`);
    assert.match(page.url(), /\/auth\/local/, "whoever is not signed in is asked to");
    if (javaScriptEnabled) await isAccessible(page, "sign-in");
    await signIn(page, "nurse");
    assert.equal(new URL(page.url()).pathname, `/alerts/${first.id}`, "and comes back to where they wanted to be");
    assert.match(await page.locator(".you").innerText(), /Nanna Nord/);
    await page.goto("/");
    await page.locator(`#alert-${first.id} form[action$="/claim"] button`).click();
    await page.locator('.done form[action$="/release"] button, form[action$="/release"] button').first().click();
    await page.locator(`#alert-${first.id} form[action$="/claim"] button`).waitFor();
    await page.locator('form[action="/auth/logout"] button').click();
    await page.waitForLoadState();
    await page.goto("/");
    assert.match(page.url(), /\/auth\/local/, "signed out is signed out");
    await page.end();
  });
}

test("a wrong password lets nobody in, and says no more than that", async () => {
  const page = await someone(null);
  page.removeAllListeners("console");
  await page.goto("/");
  await signIn(page, "nurse", "not the password");
  assert.match(page.url(), /\/auth\/local/);
  await isAccessible(page, "refused");
  await page.goto("/");
  assert.match(page.url(), /\/auth\/local/);
  await page.end();
});

test("a citizen signs in and sees their own page", async () => {
  const page = await someone(null);
  await page.goto("/");
  await signIn(page, "citizen");
  assert.equal(new URL(page.url()).pathname, "/me");
  await page.end();
});

test("the session ends in the middle of writing, and nothing that was written is lost", async () => {
  const [first] = await alerts("&level=yellow");
  const page = await someone(null);
  // That nobody is signed in any more is an answer, too.
  page.removeAllListeners("console");
  await page.goto("/?level=yellow");
  await signIn(page, "nurse");
  await page.goto("/?level=yellow");
  const row = page.locator(`#alert-${first.id}`);
  await row.locator("[data-panel]").click();
  await row.locator("[data-verb=close] select").selectOption("advice");
  await row.locator("[data-verb=close] textarea").fill("Talte med hendes søn");
  endSessions();
  await row.getByRole("button", { name: "Luk alarmen" }).click();
  await page.locator("#news", { hasText: "Du er blevet logget ud" }).waitFor();
  assert.equal(await row.locator("[data-verb=close] textarea").inputValue(), "Talte med hendes søn");
  await isAccessible(page, "signed out while writing");
  // The other window of the same browser.
  const other = await page.context().newPage();
  await other.goto("/");
  await signIn(other, "nurse");
  await other.waitForURL((url) => url.pathname === "/");
  await other.close();
  await row.getByRole("button", { name: "Luk alarmen" }).click();
  await page.locator("#news", { hasText: "er lukket" }).waitFor();
  await page.locator("#news").getByRole("button", { name: "Åbn igen" }).click();
  await page.locator("#news", { hasText: "åbnet igen" }).waitFor();
  await page.end();
});
