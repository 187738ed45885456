// What the flows have in common: the demo that scripts/browser has started, browsers with somebody's
// token, readings that make an alert, axe.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The demo, as it introduced itself. */
export const demo = JSON.parse(readFileSync(process.env.PULSVAGT_DEMO, "utf8"));

export const browser = await chromium.launch({
  executablePath: process.env.PULSVAGT_CHROMIUM,
  args: ["--no-sandbox", "--disable-dev-shm-usage", "--force-color-profile=srgb"],
});

/** What the program says to a command on the demo's installation. */
export function cli(...args) {
  return execFileSync(process.env.PULSVAGT_BIN, [...args, "--data", process.env.PULSVAGT_DEMO_DATA], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
}

/** A token of somebody of the first municipality. */
export function token(role, subject, citizen) {
  const args = ["token", "--tenant", demo.tenant, "--role", role, "--subject", subject];
  if (citizen) args.push("--citizen", citizen);
  if (role === "nurse") args.push("--team", demo.team);
  return cli(...args).trim().split("\n").at(-1);
}

const nurses = new Map();

/** A page of somebody's own browser, without a token that of somebody who has yet to sign in; what it complains about fails the test. */
export async function someone(bearer, options = {}) {
  const context = await browser.newContext({
    baseURL: demo.url,
    locale: "da-DK",
    timezoneId: "Europe/Copenhagen",
    viewport: { width: 1366, height: 900 },
    ...(bearer && { extraHTTPHeaders: { authorization: `Bearer ${bearer}` } }),
    ...options,
  });
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (message) => {
    // A refused form is an answer, not a fault of the page.
    if (message.type() === "error" && !/status of 4(09|22)/.test(message.text())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.end = async () => {
    await context.close();
    assert.deepEqual(complaints, []);
  };
  return page;
}

/** Signs in with one of the demo's accounts, from wherever the browser was sent to. */
export async function signIn(page, user, password = demo.accounts.password) {
  await page.locator("[name=tenant]").selectOption(demo.tenant).catch(() => page.locator("[name=tenant]").fill(demo.tenant));
  await page.locator("[name=user]").fill(user);
  await page.locator("[name=password]").fill(password);
  await page.locator("main form button, form button").first().click();
}

/** Ends all sessions of the first municipality, as its administrator can. */
export function endSessions() {
  const args = ["session", "revoke", "--tenant", demo.tenant, "--all", "--data", process.env.PULSVAGT_DEMO_DATA];
  execFileSync(process.env.PULSVAGT_BIN, args, { stdio: ["ignore", "ignore", "ignore"] });
}

/** A nurse by that name. */
export function nurse(name = "maja", options = {}) {
  if (!nurses.has(name)) nurses.set(name, token("nurse", name));
  return someone(nurses.get(name), options);
}

/** axe-core finds nothing. Its script is put in as the browser itself may, whatever the policy. */
export async function isAccessible(page, about) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  }));
  const told = found.violations.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => `${node.target} ${node.failureSummary}`).join(" | ")}`);
  assert.deepEqual(told, [], about);
}

/** Nothing sticks out to the side. */
export async function fits(page, about) {
  const [width, screen, culprit] = await page.evaluate(() => {
    const out = [...document.body.querySelectorAll("*")].filter((one) => one.getBoundingClientRect().right > innerWidth + 1);
    return [document.documentElement.scrollWidth, innerWidth, out.at(-1)?.outerHTML.slice(0, 120)];
  });
  assert.ok(width <= screen, `${about}: ${width} points wide on a screen of ${screen}: ${culprit}`);
}

/** Keeps a picture, if that is asked for. */
export async function picture(page, name, options = {}) {
  const folder = process.env.PULSVAGT_SCREENS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  // What sticks to the top would lie across the middle.
  if (options.fullPage) await page.mouse.wheel(0, -100_000);
  await page.screenshot({ path: join(folder, `${name}.png`), ...options });
}

/** What the API answers, as a nurse unless another token is given. */
export async function api(path, options = {}) {
  const response = await fetch(demo.url + path, {
    ...options,
    headers: { authorization: `Bearer ${options.bearer ?? demo.tokens.nurse}`, ...options.headers },
  });
  assert.ok(response.ok, `${path}: ${response.status} ${await response.clone().text()}`);
  return response.json();
}

/** The open alerts. */
export async function alerts(query = "") {
  return (await api(`/api/worklist?limit=200${query}`)).alerts;
}

let people = 0;

/** Somebody with COPD is enrolled. */
export async function enrol(id, name) {
  people += 1;
  const admin = token("admin", "flows");
  await api(`/fhir/Patient/${id}`, {
    method: "PUT", bearer: admin, headers: { "content-type": "application/fhir+json" },
    body: JSON.stringify({
      resourceType: "Patient", id, birthDate: "1941-03-02",
      identifier: [{ use: "official", system: "urn:oid:1.2.208.176.1.2", value: `020341${1000 + people}` }],
      name: [{ use: "official", family: name.split(" ").at(-1), given: name.split(" ").slice(0, -1) }],
      telecom: [{ system: "phone", value: "58 12 34 56" }],
      address: [{ line: ["Nygade 7"], postalCode: "4200", city: "Slagelse" }],
    }),
  });
  await api(`/api/citizens/${id}/team`, {
    method: "PUT", bearer: admin, headers: { "content-type": "application/json" },
    body: JSON.stringify({ team: demo.team }),
  });
  await api(`/api/citizens/${id}/plan`, {
    method: "PUT", headers: { "content-type": "application/json", "if-match": '"0"' },
    body: JSON.stringify({ programmes: ["copd"], cadence: [{ signal: "oxygen_saturation", everyHours: 24 }] }),
  });
}

/** Waits until the citizen has been screened since. */
async function screened(id, since) {
  for (let tries = 0; tries < 150; tries += 1) {
    const { screenedAt } = await api(`/api/citizens/${id}/summary?days=1`);
    if (screenedAt && Date.parse(screenedAt) >= since) return;
    await new Promise((done) => setTimeout(done, 200));
  }
  throw new Error(`${id} is not screened`);
}

/** Sends readings of oxygen saturation, percent, each taken so many minutes ago; the last but one is
 *  screened before the last one comes, which confirms it. */
export async function measure(id, readings, loinc = "59408-5", unit = "%") {
  for (const [minutes, value] of readings) {
    const sent = Date.now();
    await api("/fhir/Observation", {
      method: "POST", bearer: demo.tokens.gateway, headers: { "content-type": "application/fhir+json" },
      body: JSON.stringify({
        resourceType: "Observation", status: "final",
        category: [{ coding: [{ system: "http://terminology.hl7.org/CodeSystem/observation-category", code: "vital-signs" }] }],
        code: { coding: [{ system: "http://loinc.org", code: loinc }] },
        subject: { reference: `Patient/${id}` },
        effectiveDateTime: new Date(Date.now() - minutes * 60_000).toISOString(),
        valueQuantity: { value, unit, system: "http://unitsofmeasure.org", code: unit },
      }),
    });
    await screened(id, sent);
  }
}
