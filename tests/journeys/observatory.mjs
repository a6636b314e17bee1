// MDN's HTTP Observatory over hosts of this machine: its retriever, tests and table of scores, one page a line.
//
//   node observatory.mjs PACKAGE HTTP_PORT HTTPS_PORT HOST/PATH…
//
// Its own command asks only ports 80 and 443 of hosts that resolve, at «/», and refuses to judge an error page; so
// this calls what that command calls, and adds up as its scan() does.
import dns from "node:dns";
import { pathToFileURL } from "node:url";

dns.lookup = (name, options, answer) => {
  const all = typeof options === "object" && options.all;
  const done = typeof options === "function" ? options : answer;
  return all ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4);
};

const [folder, httpPort, httpsPort, ...addresses] = process.argv.slice(2);
const part = (name) => import(pathToFileURL(`${folder}/src/${name}.js`));
const { retrieve } = await part("retriever/retriever");
const { ALL_TESTS } = await part("constants");
const { getScoreModifier } = await part("grader/grader");
const { MINIMUM_SCORE_FOR_EXTRA_CREDIT } = await part("grader/charts");

for (const address of addresses) {
  const [host, ...rest] = address.split("/");
  const found = await retrieve(host, { httpPort, httpsPort, path: `/${rest.join("/")}` });
  const results = Object.fromEntries(ALL_TESTS.map((test) => test(found)).map((one) => [one.constructor.name, one.result]));
  const modifiers = Object.values(results).map(getScoreModifier);
  const sum = (numbers) => numbers.reduce((a, b) => a + b, 100);
  const plain = sum(modifiers.filter((modifier) => modifier < 0));
  const score = plain >= MINIMUM_SCORE_FOR_EXTRA_CREDIT ? sum(modifiers) : plain;
  console.log(JSON.stringify({ address, status: found.responses.auto?.status, score, results }));
}
