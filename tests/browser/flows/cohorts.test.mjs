// An analyst puts a cohort together, has it made and takes it home, with and without JavaScript.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { browser, cli, demo, fits, isAccessible, picture, signIn, someone, token } from "../ward.mjs";

after(async () => { await browser.close(); });

const analyst = token("analyst", "flows");
const day = (ago) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);

// Everybody: of a part nothing is told where the others are fewer than five.
async function fill(page, { stay = false } = {}) {
  if (!stay) await page.goto("/cohorts");
  await page.locator("#name").fill("alle-voksne");
  await page.locator("#index").fill(day(20));
  await page.locator("#follow_up").fill("15");
  // The demo was loaded today.
  await page.locator("#as_of").fill(day(-1));
  await page.getByLabel("Akut indlæggelse").check();
  await page.getByLabel("Rød alarm").check();
  await page.locator("#purpose").selectOption("HQUALIMP");
  await page.locator("#reason").fill("Hvor mange bliver indlagt");
}

/** The run's page, once it is done. */
async function finished(page) {
  await page.waitForURL(/\/cohorts\/runs\//);
  for (let turn = 0; turn < 60 && (await page.getByText("Se, hvor langt den er").count()) > 0; turn += 1) {
    await page.waitForTimeout(250);
    await page.reload();
  }
  await page.locator("#cohort").waitFor();
}

for (const javaScriptEnabled of [true, false]) {
  test(`a cohort is made, ${javaScriptEnabled ? "with" : "without"} JavaScript`, async () => {
    const page = await someone(analyst, { javaScriptEnabled });
    await fill(page);
    if (javaScriptEnabled) {
      await isAccessible(page, "the builder");
      await fits(page, "the builder");
      await picture(page, "cohorts", { fullPage: true });
    }
    await page.getByRole("button", { name: "Lav kohorten" }).click();
    await finished(page);
    assert.match(await page.locator("main").innerText(), /Medlemmer: \d+/);
    assert.ok((await page.locator("table.tally").count()) >= 4);
    const link = page.getByRole("link", { name: "CSV-fil" });
    const file = await page.request.get(await link.getAttribute("href"));
    assert.equal(file.headers()["content-type"], "text/csv");
    assert.match(await file.text(), /^group,sex,age,municipality,quarter,followed,/);
    if (javaScriptEnabled) {
      for (const details of await page.locator("main details > summary").all()) await details.click();
      await isAccessible(page, "the result");
      await fits(page, "the result");
      await picture(page, "cohort", { fullPage: true });
    }
    await page.end();
  });
}

test("who belongs is counted while the form is filled in, if that is wanted", async () => {
  const page = await someone(analyst);
  await page.goto("/cohorts");
  const count = page.locator("#count");
  await page.getByLabel("Tæl, hver gang noget er ændret").check();
  await page.getByText("Skriv formålet, så bliver der talt.").waitFor();
  await fill(page, { stay: true });
  await page.locator("#reason").blur();
  await page.getByText(/^Kohorten: Medlemmer: \d+$/).waitFor();
  await isAccessible(page, "the builder with a count");
  await fits(page, "the builder with a count");
  await page.locator("#age_to").fill("80");
  await page.locator("#age_from").fill("90");
  await page.locator("#age_from").blur();
  await page.locator("#count").getByText("nothing lies between 90 and 80").waitFor();
  await page.getByLabel("Tæl, hver gang noget er ændret").uncheck();
  await page.locator("#age_from").fill("");
  await page.locator("#age_from").blur();
  await page.waitForTimeout(500);
  assert.equal(await count.innerText(), "");
  assert.equal(new URL(page.url()).pathname, "/cohorts");
  await page.end();
});

test("fields become text, and what is wrong is told beside it", async () => {
  const page = await someone(analyst);
  await fill(page);
  await page.locator("#age_from").fill("18");
  await page.getByRole("button", { name: "Lav teksten ud fra felterne" }).click();
  const text = await page.locator("#text").inputValue();
  assert.match(text, /name = "alle-voksne"/);
  assert.equal(await page.locator("#reason").inputValue(), "Hvor mange bliver indlagt");
  await page.locator("#text").fill(text.replace("from = 18", "from = 90\nto = 80"));
  await page.getByRole("button", { name: "Tæl, hvem der hører til" }).click();
  await page.getByRole("alert").waitFor();
  assert.match(await page.getByRole("alert").innerText(), /line \d+/);
  await isAccessible(page, "something is wrong");
  await page.locator("#text").fill(text);
  await page.getByRole("button", { name: "Gem definitionen" }).click();
  await page.waitForURL(/definition=alle-voksne/);
  await page.getByRole("link", { name: "alle-voksne" }).first().waitFor();
  await page.goto("/cohorts?lang=en");
  await isAccessible(page, "in English");
  await page.end();
});

test("an analyst who signs in comes to the cohorts", async () => {
  const page = await someone();
  await page.goto("/");
  await signIn(page, "analyst");
  await page.waitForURL(/\/cohorts$/);
  await page.end();
});

test("a region puts municipalities beside each other, and gives it back", async () => {
  const folder = mkdtempSync(join(tmpdir(), "pulsvagt-region-"));
  const file = join(folder, "alle.toml");
  writeFileSync(file, `name = "alle"
version = "1"
index = { date = "${day(20)}" }
who = [{ name = "alle", is = { age = { from = 18 } } }]
follow_up = { days = 15 }
outcomes = [{ name = "acute_admission", what = { admission = { acute = true } } }]
`);
  const codes = JSON.parse(cli("tenant", "list", "--json")).municipalities.map((one) => one.code);
  assert.ok(codes.includes(demo.tenant) && codes.length > 1);
  for (const code of codes) cli("region", "agree", "--tenant", code, "--region", "1085", "--purposes", "HQUALIMP", "--until", day(-30), "--shared");
  cli("cohort", "run", file, "--region", "1085", "--as-of", day(-1), "--purpose", "HQUALIMP", "--reason", "Den årlige rapport", "--by", "Regionens analyseafsnit", "--give");
  rmSync(folder, { recursive: true });
  const page = await someone(analyst);
  await page.goto("/cohorts");
  await page.locator("section", { has: page.locator("#beside") }).getByRole("link").first().click();
  await page.waitForURL(/comparisons/);
  assert.match(await page.locator("#cohort ~ .scroll tbody").innerText(), /Slagelse\s+\d+/);
  assert.ok((await page.locator("main svg").count()) >= 1);
  for (const details of await page.locator("main details > summary").all()) await details.click();
  await isAccessible(page, "municipalities beside each other");
  await picture(page, "beside", { fullPage: true });
  await page.setViewportSize({ width: 320, height: 640 });
  await fits(page, "municipalities beside each other");
  await page.end();
});
