// States of pages that one comes to by doing something, in both languages, with axe-core; and the
// citizen's own page. walk.test.mjs goes through the pages themselves.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { alerts, browser, demo, isAccessible, nurse, picture, someone } from "../ward.mjs";

after(async () => { await browser.close(); });

const languages = ["da", "en"];

for (const language of languages) {
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

test("the citizen's own page on a small phone", async () => {
  const page = await someone(demo.tokens.citizen, { viewport: { width: 320, height: 640 } });
  await page.goto("/");
  assert.match(page.url(), /\/me$/, "the front door leads there");
  await picture(page, "me-phone");
  await page.end();
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
