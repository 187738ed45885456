// Asks DuckDB a question some times: node lake/duckdb.mjs SQL THREADS ROUNDS. Prints the answer with the
// seconds of each time, and the most memory that the process has had.
import { readFileSync } from "node:fs";
import { DuckDBInstance } from "@duckdb/node-api";

const [sql, threads, rounds] = process.argv.slice(2);
const instance = await DuckDBInstance.create(":memory:", { threads });
const connection = await instance.connect();
const seconds = [];
let answer = {};
for (let round = 0; round < Number(rounds); round += 1) {
  const began = performance.now();
  const reader = await connection.runAndReadAll(sql);
  seconds.push((performance.now() - began) / 1000);
  [answer] = reader.getRowObjectsJson();
}
const peak = /VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
console.log(JSON.stringify({ ...answer, seconds, peak_mb: Math.round(Number(peak) / 1024) }));
