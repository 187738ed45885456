// Administration and readings that cannot be right, in a real browser.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { browser, demo, fits, isAccessible, nurse, picture, enrol, someone, token } from "../ward.mjs";

after(async () => { await browser.close(); });

/** A weight that cannot be, from a device of this flow alone. */
async function doubtful(citizen, device, minutes, value) {
  const response = await fetch(`${demo.url}/fhir/Observation`, {
    method: "POST",
    headers: { authorization: `Bearer ${demo.tokens.gateway}`, "content-type": "application/fhir+json" },
    body: JSON.stringify({
      resourceType: "Observation", status: "final",
      category: [{ coding: [{ system: "http://terminology.hl7.org/CodeSystem/observation-category", code: "vital-signs" }] }],
      code: { coding: [{ system: "http://loinc.org", code: "29463-7" }] },
      subject: { reference: `Patient/${citizen}` },
      device: { reference: `Device/${device}` },
      effectiveDateTime: new Date(Date.now() - minutes * 60_000).toISOString(),
      valueQuantity: { value, unit: "kg", system: "http://unitsofmeasure.org", code: "kg" },
    }),
  });
  assert.equal(response.status, 201);
}

const readings = (page, name) => page.locator(".doubt", { hasText: name });

test("a nurse decides about a reading, by keyboard, and takes it back", async () => {
  await enrol("flow-doubt", "Ellen Dahl");
  await doubtful("flow-doubt", "scale-flow-1", 30, 704);
  const page = await nurse();
  await page.goto("/admin/quarantine");
  const reading = readings(page, "Ellen Dahl");
  await reading.waitFor();
  await picture(page, "quarantine");
  await reading.locator("textarea").focus();
  await page.keyboard.type("Vejet to gange, det passer");
  await reading.getByRole("button", { name: "Den er rigtig: lad den tælle" }).focus();
  await page.keyboard.press("Enter");
  await page.locator("#news", { hasText: "Vægt for Ellen Dahl tæller nu." }).waitFor();
  await isAccessible(page, "decided");
  await page.locator("#news").getByRole("button", { name: /Fortryd/ }).click();
  await page.locator("#news", { hasText: "Vægt for Ellen Dahl venter igen." }).waitFor();
  await page.end();
});

test("a scale that sends pounds, without JavaScript", async () => {
  await enrol("flow-pounds", "Asta Juhl");
  for (const minutes of [10, 20, 30]) await doubtful("flow-pounds", "scale-flow-2", minutes, 550 + minutes);
  const page = await nurse("maja", { javaScriptEnabled: false });
  await page.goto("/admin/quarantine?reason=implausible&device=Device/scale-flow-2");
  assert.equal(await readings(page, "Asta Juhl").count(), 3);
  await page.locator("#all-decision").selectOption("fix");
  await page.locator("#all-unit").fill("[lb_av]");
  await page.locator("#all-why").fill("Vægten sender pund");
  await page.getByRole("button", { name: "Beslut for alle" }).click();
  await page.locator("#news", { hasText: "3 målinger er besluttet." }).waitFor();
  assert.equal(await readings(page, "Asta Juhl").count(), 0);
  await page.end();
});

for (const language of ["da", "en"]) {
  test(`axe finds nothing in administration, and nothing sticks out: ${language}`, async () => {
    await enrol(`flow-axe-${language}`, "Karl Lund");
    await doubtful(`flow-axe-${language}`, `scale-axe-${language}`, 30, 704);
    const lead = token("lead", "lone");
    for (const [name, path] of [
      ["index", "/admin"], ["quarantine", "/admin/quarantine"],
      ["quarantine-device", `/admin/quarantine?reason=implausible&device=Device/scale-axe-${language}`],
      ["quarantine-decided", "/admin/quarantine?state=decided"], ["settings", "/admin/settings"],
      ["teams", "/admin/teams"], ["rules", "/admin/rules"], ["ingestion", "/admin/ingestion"],
    ]) {
      const page = await someone(lead);
      await page.goto(`${path}${path.includes("?") ? "&" : "?"}lang=${language}`);
      await page.evaluate(() => { for (const each of document.querySelectorAll("details")) each.open = true; });
      await isAccessible(page, `${path} ${language}`);
      if (language === "da") await picture(page, `admin-${name}`, { fullPage: true });
      await page.setViewportSize({ width: 320, height: 640 });
      await fits(page, path);
      await page.end();
    }
  });
}

test("an administrator has no worklist, and sees what there is", async () => {
  const page = await someone(token("admin", "admin-flow"));
  await page.goto("/");
  assert.match(page.url(), /\/admin$/, "the front door leads there");
  assert.equal(await page.getByRole("link", { name: "Tvivlsomme målinger" }).count(), 0);
  await page.getByRole("link", { name: "Modtagelse" }).click();
  await page.locator("svg.bars").first().waitFor();
  await page.end();
});
