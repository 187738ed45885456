// The rows of a cohort as other tools read them, from the real server: Arrow's own reader takes the
// stream as it comes, DuckDB the Parquet file; what they compute is what the server has told.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { DuckDBInstance } from "@duckdb/node-api";
import { RecordBatchReader, tableFromIPC } from "apache-arrow";

const { PULSVAGT_URL: base, PULSVAGT_TOKEN: token, PULSVAGT_COHORT: definition } = process.env;
const asOf = process.env.PULSVAGT_AS_OF;

async function call(path, { method = "GET", body, accept, status = 200 } = {}) {
  const headers = { authorization: `Bearer ${token}` };
  if (body) headers["content-type"] = "application/json";
  if (accept) headers.accept = accept;
  const answer = await fetch(base + path, { method, headers, body: body && JSON.stringify(body) });
  if (answer.status !== status) assert.fail(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer;
}

/** Has a cohort made, and tells what the server says of it. */
async function made() {
  const ask = { asOf, purpose: "HQUALIMP", reason: "the rows as other tools read them" };
  const body = { definition: JSON.parse(definition), ask };
  const asked = await call("/api/cohort-runs", { method: "POST", body, status: 202 });
  const place = asked.headers.get("location");
  for (let turn = 0; turn < 300; turn += 1) {
    const run = await (await call(place)).json();
    if (run.state !== "waiting" && run.state !== "running") return { place, run };
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return assert.fail("the cohort was not made within a minute");
}

const { place, run } = await made();
const group = run.result?.groups[0];
const rowsAs = (accept) => call(`${place}/rows`, { accept });

test("a cohort is made and tells something", () => {
  assert.equal(run.state, "done");
  assert.ok(group.members >= 5, JSON.stringify(group));
  assert.equal(group.rowsLeftOut, false);
});

test("Arrow reads the stream as it comes", async () => {
  const answer = await rowsAs("application/vnd.apache.arrow.stream");
  assert.equal(answer.headers.get("content-type"), "application/vnd.apache.arrow.stream");
  const reader = await RecordBatchReader.from(answer.body);
  let rows = 0;
  for await (const batch of reader) rows += batch.numRows;
  assert.equal(rows, group.members);

  const table = await tableFromIPC(rowsAs("*/*"));
  const names = table.schema.fields.map((field) => field.name);
  assert.deepEqual(names.slice(0, 6), ["group", "sex", "age", "municipality", "quarter", "followed"]);
  assert.ok(table.toArray().every((row) => row.group === "cohort"));
});

test("what Arrow's reader counts is the server's curve", async () => {
  const table = await tableFromIPC(rowsAs("application/vnd.apache.arrow.stream"));
  assert.ok(run.result.curves.length > 0, "a curve");
  for (const curve of run.result.curves) {
    const rows = table.toArray().filter((row) => row.group === curve.group && row.followed > 0);
    let [left, share] = [rows.length, 1];
    for (const point of curve.points.slice(1)) {
      const after = `${curve.outcome}_after`;
      const events = rows.filter((row) => row[after] === point.day / 30).length;
      const leaving = rows.filter((row) => row[after] === null && row.followed === point.day / 30).length;
      share *= 1 - events / left;
      assert.deepEqual([point.atRisk, point.events], [left, events]);
      assert.ok(Math.abs(point.without - share) < 0.0001, `${point.without} and ${share}`);
      left -= events + leaving;
    }
  }
});

test("DuckDB reads the Parquet file and says the same", async () => {
  const folder = mkdtempSync(join(tmpdir(), "pulsvagt-arrow-"));
  try {
    const file = join(folder, "rows.parquet");
    const answer = await rowsAs("application/vnd.apache.parquet");
    writeFileSync(file, Buffer.from(await answer.arrayBuffer()));
    const database = await (await DuckDBInstance.create(":memory:")).connect();
    const outcome = group.outcomes.find((it) => it.citizens !== null);
    const counted = await database.runAndReadAll(
      `select count(*)::int, count("${outcome.outcome}_after")::int from read_parquet('${file}')`,
    );
    assert.deepEqual(counted.getRows(), [[group.members, outcome.citizens]]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("CSV and NDJSON have the same rows", async () => {
  const table = await tableFromIPC(rowsAs("*/*"));
  const csv = (await (await rowsAs("text/csv")).text()).trimEnd().split("\n");
  assert.equal(csv.length, table.numRows + 1);
  const lines = (await (await rowsAs("application/x-ndjson")).text()).trimEnd().split("\n");
  const rows = table.toArray().map((row) => ({ ...row.toJSON() }));
  assert.deepEqual(lines.map((line) => JSON.parse(line)), rows);
});

test("nothing that could name somebody is told", async () => {
  for (const accept of ["text/csv", "application/x-ndjson"]) {
    const text = await (await rowsAs(accept)).text();
    assert.doesNotMatch(text, /\d{6}-?\d{4}|Patient|citizen/i);
  }
});
