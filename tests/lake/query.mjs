// Asks DuckDB about a lake: node query.mjs FOLDER SQL. {table} in the SQL stands for its files.
import { DuckDBInstance } from "@duckdb/node-api";

const [folder, sql] = process.argv.slice(2);
const instance = await DuckDBInstance.create(":memory:");
const connection = await instance.connect();
const files = (table) =>
  `read_parquet('${folder}/${table}/**/*.parquet', hive_partitioning = true, ` +
  `hive_types = {'municipality': VARCHAR, 'month': VARCHAR})`;
const plain = (table) =>
  `read_parquet('${folder}/${table}/**/*.parquet', hive_partitioning = true, ` +
  `hive_types = {'municipality': VARCHAR})`;
const text = sql.replace(/\{(\w+)\}/g, (_, table) =>
  ["citizen", "condition"].includes(table) ? plain(table) : files(table),
);
const reader = await connection.runAndReadAll(text);
console.log(JSON.stringify(reader.getRowObjectsJson()));
