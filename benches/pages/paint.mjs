// When pages are to be seen in a browser whose processor is four times slower than this one, as on an
// office computer that does something else, too. Each time in a browser that has seen nothing yet.
//
//   PULSVAGT_URL=http://127.0.0.1:PORT PULSVAGT_TOKEN=a nurse's node benches/pages/paint.mjs [PATH…]
//
//   PULSVAGT_CHROMIUM  the browser (else /usr/bin/chromium); what tests/browser needs has to be there
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const require = createRequire(fileURLToPath(new URL("../../tests/browser/package.json", import.meta.url)));
const { chromium } = require("playwright-core");

const SLOWER = 4;
const TIMES = 11;
const paths = process.argv.length > 2 ? process.argv.slice(2) : ["/", "/?level=yellow", "/handover"];

const browser = await chromium.launch({
  executablePath: process.env.PULSVAGT_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-dev-shm-usage"],
});

/** Milliseconds from the beginning of the navigation. */
async function once(path) {
  const context = await browser.newContext({
    baseURL: process.env.PULSVAGT_URL, locale: "da-DK", viewport: { width: 1280, height: 900 },
    extraHTTPHeaders: { authorization: `Bearer ${process.env.PULSVAGT_TOKEN}` },
  });
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await devtools.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
  await page.addInitScript(() => {
    window.largest = 0;
    new PerformanceObserver((list) => { window.largest = list.getEntries().at(-1).startTime; })
      .observe({ type: "largest-contentful-paint", buffered: true });
  });
  const answer = await page.goto(path, { waitUntil: "load" });
  if (answer.status() !== 200) throw new Error(`${path}: ${answer.status()}`);
  // What is painted is told a frame later.
  await page.waitForFunction(() => performance.getEntriesByName("first-contentful-paint").length && window.largest);
  const times = await page.evaluate(() => {
    const [navigation] = performance.getEntriesByType("navigation");
    const painted = (name) => performance.getEntriesByName(name)[0].startTime;
    return {
      answered: navigation.responseEnd,
      first: painted("first-paint"),
      content: painted("first-contentful-paint"),
      largest: window.largest,
      loaded: navigation.loadEventEnd,
      rows: document.querySelectorAll("#rows > .row, .sheet tbody tr").length,
    };
  });
  await context.close();
  return times;
}

const columns = ["answered", "first", "content", "largest", "loaded"];
console.log(`\n| page (${SLOWER} times slower, nothing cached) | rows | answered ms | first paint | first content | largest | loaded |`);
console.log("|---|--:|--:|--:|--:|--:|--:|");
for (const path of paths) {
  await once(path);
  const all = [];
  for (let time = 0; time < TIMES; time += 1) all.push(await once(path));
  const median = (name) => Math.round(all.map((one) => one[name]).sort((a, b) => a - b)[TIMES >> 1]);
  console.log(`| ${path} | ${all[0].rows} | ${columns.map(median).join(" | ")} |`);
}
await browser.close();
