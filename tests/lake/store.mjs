// An object store that speaks S3, on a free port of this computer, for tests/it/lake/bucket.rs.
//
//   node store.mjs FOLDER
//
// Prints its address on the first line and then each request, and ends with its standard input. It has
// the bucket "health", for who signs with S3RVER. Lines that it reads: "hold TEXT" leaves changes of
// addresses that have the text without an answer from then on, "go" ends that, anything else is
// printed, so that whoever reads knows what was before.
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import S3rver from "@20minutes/s3rver";

const [directory] = process.argv.slice(2);
const store = new S3rver({ directory, silent: true, configureBuckets: [{ name: "health" }] });
await store.configureBuckets();
const answer = store.callback();
let held = null;

const server = createServer((request, response) => {
  const line = `${request.method} ${decodeURIComponent(request.url)}`;
  const isHeld = held !== null && request.method === "PUT" && line.includes(held);
  console.log(isHeld ? `held ${line}` : line);
  if (!isHeld) answer(request, response);
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));

const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  if (line.startsWith("hold ")) held = line.slice(5);
  else if (line === "go") held = null;
  else console.log(line);
});
lines.on("close", () => process.exit(0));
