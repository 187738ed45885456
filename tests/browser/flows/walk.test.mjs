// Through every page: in both languages, with scripts and without, on a small phone and with twice the
// type. Which pages there are is in ../pages.mjs.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { PAGES, WRONG, ownTexts, routes } from "../pages.mjs";
import { alerts, api, browser, demo, fits, isAccessible, nurse, picture, signIn, someone, token } from "../ward.mjs";

const LANGUAGES = ["da", "en"];
const NORMAL = { width: 1366, height: 900 };
const PHONE = { width: 320, height: 640 };
// 200 % of 1280 points leaves 640.
const LARGE = { width: 640, height: 400 };

let known;
const bearers = new Map();

before(async () => {
  const [first] = await alerts();
  const { packs } = await api("/api/rules");
  known = { alert: first.id, citizen: first.citizen.id, pack: packs[0].hash };
});
after(async () => { await browser.close(); });

/** A page of somebody with that role. */
async function as(who, options) {
  if (who === "nurse") return nurse("walker", options);
  if (who === "nobody") return someone(null, options);
  if (who === "account") {
    const page = await someone(null, options);
    await page.goto("/auth/local?return=/");
    await signIn(page, "nurse");
    return page;
  }
  if (!bearers.has(who)) bearers.set(who, who === "citizen" ? demo.tokens.citizen : token(who, `walking-${who}`));
  return someone(bearers.get(who), options);
}

/** Another size of window; charts follow when they have been told. */
async function resize(page, size) {
  await page.setViewportSize(size);
  if (await page.locator("[data-chart]").count()) await page.waitForTimeout(150);
}

const inLanguage = (path, language) => `${path}${path.includes("?") ? "&" : "?"}lang=${language}`;
const each = () => Object.entries(PAGES).filter(([, page]) => page.at).flatMap(([route, page]) => page.at(known).map((path) => [route, path, page.who]));
const called = (path) => path.replace(known.alert, "alert").replace(known.citizen, "citizen").replace(known.pack, "pack").replace(/\W+/g, "-").replace(/^-|-$/g, "") || "worklist";

/** What nobody may find on any page. */
async function isWhole(page, language, about) {
  assert.equal(await page.locator("html").getAttribute("lang"), language, `${about}: its language`);
  assert.equal(await page.locator("h1").count(), 1, `${about}: one heading`);
  assert.ok(await page.title(), `${about}: a title`);
  await isAccessible(page, about);
  await fits(page, about);
  const from = await page.evaluate(() => performance.getEntriesByType("resource").map((one) => new URL(one.name).origin));
  assert.deepEqual([...new Set(from)].filter((origin) => origin !== new URL(demo.url).origin), [], `${about}: what comes from elsewhere`);
}

/** No text of the other language, but in what says that it is in that language and in what people wrote. */
async function isInOneLanguage(page, language, about) {
  const other = language === "da" ? "en" : "da";
  const shown = await page.evaluate((other) => {
    const copy = document.body.cloneNode(true);
    for (const one of copy.querySelectorAll(`[lang=${other}], .quote, script, style`)) one.remove();
    const values = [...copy.querySelectorAll("[aria-label], [placeholder], [title], [alt]")]
      .flatMap((one) => ["aria-label", "placeholder", "title", "alt"].map((name) => one.getAttribute(name) ?? ""));
    return `${copy.textContent} ${values.join(" ")}`.replace(/\s+/g, " ");
  }, other);
  const foreign = ownTexts(other).filter((text) => {
    const at = shown.indexOf(text);
    return at >= 0 && !/\p{L}/u.test(shown[at - 1] ?? " ") && !/\p{L}/u.test(shown[at + text.length] ?? " ");
  });
  assert.deepEqual(foreign, [], `${about}: text of the other language`);
}

test("every route of the sources is a page that is walked through, or says why it is none", () => {
  assert.deepEqual(routes(), Object.keys(PAGES).sort());
});

for (const language of LANGUAGES) {
  for (const scripts of [true, false]) {
    test(`every page: ${language}, ${scripts ? "with" : "without"} scripts`, async () => {
      const pages = new Map();
      for (const [, path, who] of each()) {
        if (!pages.has(who)) {
          const page = await as(who, { viewport: NORMAL });
          // axe needs scripts; the page's own are kept away.
          if (!scripts) {
            await page.route((url) => url.pathname.endsWith(".js"), (route) => route.fulfill({ body: "", contentType: "text/javascript" }));
          }
          pages.set(who, page);
        }
        const page = pages.get(who);
        await resize(page, NORMAL);
        const answer = await page.goto(inLanguage(path, language));
        const about = `${path} ${language}${scripts ? "" : " without scripts"}`;
        assert.ok(answer.status() < 400, `${about}: ${answer.status()}`);
        await isWhole(page, language, about);
        await isInOneLanguage(page, language, about);
        if (scripts) await picture(page, `${called(path)}-${language}`, { fullPage: true });
        await resize(page, PHONE);
        await fits(page, `${about} at 320 points`);
        if (scripts) await isAccessible(page, `${about} at 320 points`);
        await resize(page, LARGE);
        await fits(page, `${about} at 200 %`);
      }
      for (const page of pages.values()) await page.end();
    });
  }

  test(`what goes wrong is a page, too: ${language}`, async () => {
    for (const [path, who, status] of WRONG) {
      const page = await as(who, { viewport: PHONE });
      page.removeAllListeners("console");
      const answer = await page.goto(inLanguage(path, language));
      assert.equal(answer.status(), status, path);
      assert.match(answer.headers()["content-type"], /^text\/html/, path);
      await isWhole(page, language, `${path} ${language}`);
      await isInOneLanguage(page, language, `${path} ${language}`);
      const id = answer.headers()["x-request-id"];
      assert.ok((await page.locator("main").innerText()).includes(id), `${path}: the request's id is told`);
      await page.end();
    }
  });
}

/** What can be acted on, and is shown: each gets a number by which it is known. */
const reachable = () => {
  const what = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]";
  const all = [...document.querySelectorAll(what)].filter((one) => one.tabIndex >= 0 && !one.disabled && one.checkVisibility({ visibilityProperty: true }));
  // Of radio buttons, the keyboard reaches one and arrows the others.
  const groups = new Set();
  return all.filter((one) => {
    if (one.type !== "radio") return true;
    const isNew = !groups.has(one.name);
    groups.add(one.name);
    return isNew;
  }).map((one, at) => { one.dataset.walked = String(at); return one.outerHTML.slice(0, 120); });
};

test("everything is reached by Tab, and what has the focus shows it", async () => {
  for (const [, path, who] of each()) {
    const page = await as(who, { viewport: NORMAL });
    await page.goto(path);
    await page.waitForTimeout(300);
    const wanted = await page.evaluate(reachable);
    const seen = new Set();
    await page.evaluate(() => { document.activeElement?.blur(); });
    for (let step = 0; step < wanted.length * 2 + 10 && seen.size < wanted.length; step += 1) {
      await page.keyboard.press("Tab");
      const focused = await page.evaluate(() => {
        const one = document.activeElement;
        if (!one || one === document.body) return null;
        const style = getComputedStyle(one);
        const outlined = style.outlineStyle !== "none" && Number.parseFloat(style.outlineWidth) > 0;
        return { at: one.dataset.walked, shown: outlined || style.boxShadow !== "none", what: one.outerHTML.slice(0, 120) };
      });
      if (!focused) continue;
      assert.ok(focused.shown, `${path}: the focus does not show on ${focused.what}`);
      if (focused.at !== undefined) seen.add(focused.at);
    }
    assert.deepEqual(wanted.filter((_, at) => !seen.has(String(at))), [], `${path}: not reached by Tab`);
    await page.end();
  }
});
