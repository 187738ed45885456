// Every page, in one place. The walk (flows/walk.test.mjs) reads the routes from the sources and fails
// for one that is not here, so a new page is one more line:
//
//   "/route/{id}": { who: "lead", at: (known) => [`/route/${known.citizen}`] }
//
// `who` looks at it (a role, "account" for a nurse who has signed in with an account of the municipality, or
// "nobody" for who is not signed in), `at` gives the addresses to look at,
// one for each state worth it. A route that is no page of its own says so: { part: "why" }.
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const PAGES = {
  "/": { who: "nurse", at: () => ["/", "/?level=red", "/?mine=1&overdue=1", "/?silent=1&snoozed=1"] },
  "/alerts/{id}": { who: "nurse", at: (known) => [`/alerts/${known.alert}`] },
  "/citizens/{id}": { who: "nurse", at: (known) => [`/citizens/${known.citizen}`] },
  "/handover": { who: "nurse", at: () => ["/handover"] },
  "/search": { who: "nurse", at: () => ["/search"] },
  "/break-glass": { who: "nurse", at: () => ["/break-glass"] },
  "/me": { who: "citizen", at: () => ["/me"] },
  "/accessibility": { who: "nobody", at: () => ["/accessibility"] },
  "/admin": { who: "lead", at: () => ["/admin"] },
  "/admin/quarantine": { who: "lead", at: () => ["/admin/quarantine", "/admin/quarantine?state=decided"] },
  "/admin/settings": { who: "lead", at: () => ["/admin/settings"] },
  "/admin/teams": { who: "lead", at: () => ["/admin/teams"] },
  "/admin/rules": { who: "lead", at: () => ["/admin/rules"] },
  "/admin/rules/{hash}": { who: "lead", at: (known) => [`/admin/rules/${known.pack}`] },
  "/admin/rules/{hash}/text": { part: "a file" },
  "/admin/ingestion": { who: "admin", at: () => ["/admin/ingestion"] },
  "/admin/break-glass": { who: "lead", at: () => ["/admin/break-glass"] },
  "/cohorts": { who: "analyst", at: () => ["/cohorts"] },
  "/cohorts/runs/{id}": { part: "made and looked at in flows/cohorts.test.mjs" },
  "/signed-in": { who: "nobody", at: () => ["/signed-in"] },
  "/auth/local": { who: "nobody", at: () => ["/auth/local?return=/"] },
  "/auth/login": { who: "nobody", at: () => ["/auth/login?return=/"] },
  "/auth/password": { who: "account", at: () => ["/auth/password"] },
  "/auth/codes": { who: "account", at: () => ["/auth/codes"] },

  "/was": { part: "leads to a statement of accessibility" },
  "/cohorts/runs/{id}/rows": { part: "files" },
  "/cohorts/comparisons/{id}": { part: "given and looked at in flows/cohorts.test.mjs" },
  "/rows": { part: "rows for an open list" },
  "/citizens/{id}/readings": { part: "numbers for a chart" },
  "/assets/{file}": { part: "styles and scripts" },
  "/auth/callback": { part: "where a provider sends people back to" },
  "/auth/logout": { part: "leads to where one signs in" },
  "/auth/session": { part: "JSON" },
  "/auth/auth.css": { part: "a style" },
};

/** What goes wrong, and is a page too: address, who, status. */
export const WRONG = [
  ["/nowhere/at/all", "nobody", 404],
  ["/citizens/nobody", "nurse", 404],
  ["/me", "nurse", 404],
  ["/handover", "citizen", 403],
];

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** The routes that the sources answer GET at, for people. */
export function routes() {
  const found = new Set();
  const walk = (folder) => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      if (entry.isDirectory()) walk(join(folder, entry.name));
      else if (entry.name.endsWith(".rs")) read(join(folder, entry.name));
    }
  };
  const read = (file) => {
    for (const call of readFileSync(join(root, file), "utf8").split(".route(").slice(1)) {
      const [, route, rest] = /^\s*"([^"]+)",([\s\S]*)/.exec(call) ?? [];
      if (route && /\bget\(/.test(rest.split(/;|\.layer\(|\.merge\(/)[0])) found.add(route);
    }
  };
  for (const side of ["web", "auth"]) {
    walk(`src/http/${side}`);
    read(`src/http/${side}.rs`);
  }
  return [...found].sort();
}

/** Texts of a language's message files that are in no text of the other's, as they are shown. */
export function ownTexts(language) {
  const other = language === "da" ? "en" : "da";
  const theirs = texts(other).join("\n").toLowerCase();
  return texts(language).filter((text) => /\p{L}{3}/u.test(text) && text.length > 4 && !theirs.includes(text.toLowerCase()));
}

function texts(language) {
  const folder = join(root, "src/http/web/messages", language);
  const lines = readdirSync(folder).flatMap((file) => readFileSync(join(folder, file), "utf8").split("\n"));
  return lines
    .filter((line) => line && !line.startsWith("#"))
    // What stands around values: each piece is shown as it is.
    .flatMap((line) => line.replace(/^\s*(\*?\[[^\]]*\]|[\w-]+ =)/, "").split(/\{[^}]*\}?/))
    .map((text) => text.replace(/[{}]/g, "").trim());
}
