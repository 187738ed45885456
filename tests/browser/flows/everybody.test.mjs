// Every page, in both languages and several states, with axe-core; and the citizen's own page.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { alerts, browser, demo, fits, isAccessible, nurse, picture, someone } from "../ward.mjs";

after(async () => { await browser.close(); });

const languages = ["da", "en"];

for (const language of languages) {
  test(`axe finds nothing on the nurse's pages: ${language}`, async () => {
    const [first] = await alerts();
    const page = await nurse("maja");
    for (const path of [
      "/", "/?level=red", "/?mine=1&overdue=1", "/?silent=1&snoozed=1", "/handover", "/search", "/accessibility",
      `/alerts/${first.id}`, `/citizens/${first.citizen.id}`,
    ]) {
      await page.goto(`${path}${path.includes("?") ? "&" : "?"}lang=${language}`);
      await isAccessible(page, `${path} ${language}`);
    }
    await page.end();
  });

  test(`axe finds nothing where something is wrong: ${language}`, async () => {
    const page = await nurse("maja");
    page.removeAllListeners("console");
    for (const path of ["/citizens/nobody", "/me"]) {
      const answer = await page.goto(`${path}?lang=${language}`);
      assert.equal(answer.status(), 404);
      await isAccessible(page, `${path} ${language}`);
    }
    await page.end();
  });

  test(`an open panel, folded out tables and a search: ${language}`, async () => {
    const [first] = await alerts();
    const page = await nurse("maja");
    await page.goto(`/?lang=${language}`);
    await page.locator(`#alert-${first.id} [data-panel]`).click();
    await page.locator(`#alert-${first.id} .panel`).waitFor();
    await isAccessible(page, `a panel ${language}`);
    await page.goto(`/citizens/${first.citizen.id}`);
    await page.evaluate(() => { for (const each of document.querySelectorAll("details")) each.open = true; });
    await isAccessible(page, `folded out ${language}`);
    await page.goto("/search");
    await page.locator("#wanted").fill("an");
    await page.locator("form.search button").click();
    await page.locator(".people").waitFor();
    await isAccessible(page, `found ${language}`);
    await page.end();
  });

  test(`the citizen's own page: ${language}`, async () => {
    const page = await someone(demo.tokens.citizen);
    await page.goto(`/me?lang=${language}`);
    await isAccessible(page, `/me ${language}`);
    assert.equal(await page.locator("a.call").getAttribute("href"), "tel:112");
    // What is touched is large enough to be hit.
    const small = await page.locator("a, button, summary").evaluateAll((all) => all
      .filter((each) => each.checkVisibility() && !each.matches(".skip"))
      .map((each) => [each.textContent.trim(), each.getBoundingClientRect().height])
      .filter(([, height]) => height < 44));
    assert.deepEqual(small, []);
    await page.end();
  });
}

test("the citizen's own page on a small phone, and with twice the type", async () => {
  const page = await someone(demo.tokens.citizen, { viewport: { width: 320, height: 640 } });
  await page.goto("/");
  assert.match(page.url(), /\/me$/, "the front door leads there");
  await fits(page, "/me");
  await picture(page, "me-phone");
  await page.end();
  // 200 % of 1280 points leaves 640.
  const large = await someone(demo.tokens.citizen, { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 });
  await large.goto("/me");
  await fits(large, "/me at 200 %");
  await large.end();
});

test("what is not understood by a browser's policy is not there", async () => {
  const page = await nurse("maja");
  const refused = [];
  page.on("console", (message) => { if (/Content Security Policy/i.test(message.text())) refused.push(message.text()); });
  const [first] = await alerts();
  for (const path of ["/", `/citizens/${first.citizen.id}`, "/handover"]) await page.goto(path);
  assert.deepEqual(refused, []);
  // Nothing comes from elsewhere.
  const from = await page.evaluate(() => performance.getEntriesByType("resource").map((each) => new URL(each.name).origin));
  assert.deepEqual([...new Set(from)], [new URL(demo.url).origin]);
  await page.end();
});
