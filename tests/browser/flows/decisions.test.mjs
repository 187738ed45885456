// What leaders decide in a real browser: teams and their hours, rule packs from a file to force and back,
// readings that are corrected and refused.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { api, browser, demo, enrol, isAccessible, nurse, picture, signIn, someone, token } from "../ward.mjs";

after(async () => { await browser.close(); });

/** A leader who has just signed in with an account. */
async function leader(options) {
  const page = await someone(null, options);
  await page.goto("/auth/local?return=/admin/rules");
  await signIn(page, "lead");
  await page.waitForURL(/\/admin\/rules/);
  return page;
}

/** The pack in force with another version and another limit. */
async function another(version) {
  const bearer = token("lead", "lone");
  const { packs } = await api("/api/rules", { bearer });
  const { text } = await api(`/api/rules/packs/${packs[0].hash}`, { bearer });
  const changed = text.replace(/^version = "[^"]*"/m, `version = "${version}"`).replace("[thresholds.silence_yellow]\nvalue = 48.0", "[thresholds.silence_yellow]\nvalue = 36.0");
  assert.notEqual(changed, text);
  return { text: changed, before: packs[0] };
}

test("a team gets hours of its own, and its citizens are told", async () => {
  const page = await someone(token("admin", "arne"));
  await page.goto("/admin/teams");
  await page.locator("#code-new").fill("flow-team");
  await page.locator("#name-new").fill("Flowholdet");
  await page.locator("#district-new").fill("Havnen");
  await page.locator("section[aria-labelledby=new-team] button").click();
  const team = page.locator("#team-flow-team");
  await team.getByText("Havnen").waitFor();
  const hours = team.locator("summary", { hasText: "Ret tiderne" });
  await hours.click();
  const shift = team.locator(".shift").first();
  await shift.getByLabel("lørdag").check();
  await shift.locator("input[type=time]").nth(0).fill("09:00");
  await shift.locator("input[type=time]").nth(1).fill("08:00");
  await picture(page, "decisions-team-hours", { fullPage: true });
  await team.locator("form[action$=hours] button").click();
  await page.getByRole("alert").waitFor();
  await isAccessible(page, "hours that end before they begin");
  await hours.click();
  await shift.getByLabel("lørdag").check();
  await shift.locator("input[type=time]").nth(0).fill("09:00");
  await shift.locator("input[type=time]").nth(1).fill("11:30");
  await team.locator("form[action$=hours] button").click();
  await team.getByText("lørdag 09:00–11:30").waitFor();
  await isAccessible(page, "hours of a team");
  await page.end();
});

for (const scripts of [true, false]) {
  test(`a rule pack from its text to force, and back, ${scripts ? "with" : "without"} scripts`, async () => {
    const { text, before } = await another(scripts ? "flow-1" : "flow-2");
    const page = await leader({ javaScriptEnabled: scripts });
    // What is wrong is shown with its line, and what was pasted stays.
    await page.locator("#pack").fill(text.replace('evidence = "P"', 'evidence = "Q"'));
    await page.getByRole("button", { name: "Sæt på prøve" }).click();
    await page.getByText(/Linje \d+/).first().waitFor();
    assert.ok((await page.locator("#pack").inputValue()).includes('evidence = "Q"'));
    if (scripts) {
      await isAccessible(page, "a pack with a fault");
      await picture(page, "decisions-pack-fault");
      await page.locator("input[type=file]").setInputFiles({ name: "own.toml", mimeType: "text/plain", buffer: Buffer.from(text) });
      await page.waitForFunction(() => !document.querySelector("#pack").value.includes('"Q"'));
    } else {
      assert.equal(await page.locator("input[type=file]").isVisible(), false);
      await page.locator("#pack").fill(text);
    }
    await page.getByRole("button", { name: "Sæt på prøve" }).click();
    await page.getByText("Pakken er på prøve.").waitFor();
    assert.equal(await page.getByRole("button", { name: "Sæt i kraft nu" }).count(), 0, "nobody has signed");
    if (scripts) {
      await isAccessible(page, "a pack on trial");
      await picture(page, "decisions-pack-trial", { fullPage: true });
    }
    await page.locator("#signed-by").fill("Ole Overlæge");
    await page.locator("#signed-as").fill("ledende overlæge");
    await page.getByRole("button", { name: "Skriv under" }).click();
    await page.getByText(/Ole Overlæge, ledende overlæge/).waitFor();
    await page.locator("#reason").fill("Vedtaget i dag");
    if (scripts) await picture(page, "decisions-pack-signed", { fullPage: true });
    await page.getByRole("button", { name: "Sæt i kraft nu" }).click();
    await page.getByText("Pakken er i kraft.").waitFor();
    if (scripts) {
      await isAccessible(page, "a pack in force");
      await picture(page, "decisions-packs", { fullPage: true });
    }
    // Back to the one before, which nobody has signed.
    await page.getByRole("listitem").filter({ hasText: "den forrige" }).getByRole("link").click();
    await page.locator("#reason").fill("For mange alarmer");
    await page.getByRole("button", { name: "Sæt i kraft nu" }).click();
    await page.getByText("For mange alarmer").first().waitFor();
    const { packs } = await api("/api/rules", { bearer: token("lead", "lone") });
    assert.equal(packs[0].hash, before.hash);
    await page.end();
  });
}

/** A weight that cannot be. */
async function doubtful(citizen, minutes) {
  const response = await fetch(`${demo.url}/fhir/Observation`, {
    method: "POST",
    headers: { authorization: `Bearer ${demo.tokens.gateway}`, "content-type": "application/fhir+json" },
    body: JSON.stringify({
      resourceType: "Observation", status: "final",
      category: [{ coding: [{ system: "http://terminology.hl7.org/CodeSystem/observation-category", code: "vital-signs" }] }],
      code: { coding: [{ system: "http://loinc.org", code: "29463-7" }] },
      subject: { reference: `Patient/${citizen}` },
      device: { reference: "Device/scale-decisions" },
      effectiveDateTime: new Date(Date.now() - minutes * 60_000).toISOString(),
      valueQuantity: { value: 704, unit: "kg", system: "http://unitsofmeasure.org", code: "kg" },
    }),
  });
  assert.equal(response.status, 201);
}

test("one reading is corrected, another refused", async () => {
  await enrol("flow-decide", "Inge Toft");
  for (const minutes of [20, 40]) await doubtful("flow-decide", minutes);
  const page = await nurse();
  await page.goto("/admin/quarantine?reason=implausible&device=Device/scale-decisions");
  const readings = page.locator(".doubt", { hasText: "Inge Toft" });
  assert.equal(await readings.count(), 2);
  const first = readings.first();
  await first.locator("textarea").fill("Kommaet mangler");
  await first.locator("details summary").first().click().catch(() => {});
  await first.locator("input[name^='value.']").fill("70,4");
  await first.getByRole("button", { name: "Ret målingen" }).click();
  await page.locator("#news", { hasText: "rettet" }).waitFor();
  await isAccessible(page, "corrected");
  assert.equal(await readings.count(), 1);
  await readings.first().locator("textarea").fill("Hunden stod på vægten");
  await readings.first().getByRole("button", { name: "Den er forkert: lad den ikke tælle" }).click();
  await page.locator("#news", { hasText: "forkert" }).waitFor();
  await isAccessible(page, "refused");
  assert.equal(await readings.count(), 0);
  await page.end();
});
