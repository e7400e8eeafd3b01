// `npm run user-agents`: what newer public lists of programs and browsers would change. It reads each list as it is now, says
// what it has that tests/data/user-agents does not, and what the worker's tables make of it. `-- --write` also replaces the
// data files.
//
// By default the lists come from npm and GitHub; `--ai-robots-txt FILE`, `--crawler-user-agents FILE` and `--isbot FOLDER` read
// downloads instead: robots.json, crawler-user-agents.json, and the folder with browsers.yml and crawlers.yml.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { passThrough, run } from "./lib/run.mjs";
import { ROOT, prepare } from "./lib/toolchain.mjs";

const COMMITTED = path.join(ROOT, "tests/data/user-agents");
const GITHUB = "https://raw.githubusercontent.com";
/** What test data need not have: the rest of the few user agents that are longer. */
const MAX_USER_AGENT = 512;

const { values } = parseArgs({
  options: {
    "ai-robots-txt": { type: "string" },
    "crawler-user-agents": { type: "string" },
    isbot: { type: "string" },
    write: { type: "boolean", default: false },
  },
});

/** The file of each list, where it comes from, and how its entries are read. */
const LISTS = [
  { file: "ai-robots-txt.json", source: "https://github.com/ai-robots-txt/ai.robots.txt", licence: "MIT", read: readAiRobotsTxt },
  { file: "crawler-user-agents.json", source: "https://www.npmjs.com/package/crawler-user-agents", licence: "MIT", read: readCrawlerUserAgents },
  { file: "isbot-crawlers.json", source: "https://github.com/omrilotan/isbot", licence: "Unlicense", read: () => readIsbot("crawlers.yml") },
  { file: "isbot-browsers.json", source: "https://github.com/omrilotan/isbot", licence: "Unlicense", read: () => readIsbot("browsers.yml") },
];

const env = await prepare();
const temporary = await mkdtemp(path.join(tmpdir(), "pixtally-user-agents-"));
try {
  const folder = values.write ? COMMITTED : temporary;
  for (const { file, source, licence, read } of LISTS) {
    const before = await readFile(path.join(COMMITTED, file), "utf8").then((text) => JSON.parse(text).entries, () => []);
    const entries = await read();
    console.log(`${file}: ${difference(before, entries)}`);
    const head = { source, licence, date: new Date().toISOString().slice(0, 10) };
    await writeFile(path.join(folder, file), written(head, entries));
  }
  const command = ["test", "--test", "user_agents", "--", "--nocapture", "--test-threads", "1"];
  process.exitCode = await passThrough("cargo", command, { cwd: ROOT, env: { ...env, USER_AGENT_LISTS: folder } });
} finally {
  await rm(temporary, { recursive: true, force: true });
}

async function readAiRobotsTxt() {
  const names = Object.keys(JSON.parse(await text(values["ai-robots-txt"], `${GITHUB}/ai-robots-txt/ai.robots.txt/main/robots.json`)));
  return names.map((name) => ({ name, tags: ["ai-crawler"], user_agents: [] }));
}

async function readCrawlerUserAgents() {
  const file = values["crawler-user-agents"] ?? (await packed("crawler-user-agents", "crawler-user-agents.json"));
  return JSON.parse(await readFile(file, "utf8")).map(({ pattern, tags, instances }) => ({ name: pattern, tags: tags ?? [], user_agents: cut(instances) }));
}

/** A list by name, in the small part of YAML that these files use. */
async function readIsbot(name) {
  const lines = (await text(values.isbot && path.join(values.isbot, name), `${GITHUB}/omrilotan/isbot/main/fixtures/${name}`)).split("\n");
  const entries = [];
  for (const line of lines) {
    if (/^ +- /.test(line)) entries.at(-1).user_agents.push(...cut([unquoted(line.replace(/^ +- /, ""))]));
    else if (/^\S.*:$/.test(line)) entries.push({ name: unquoted(line.slice(0, -1)), tags: [], user_agents: [] });
    else if (line.trim() && !line.startsWith("#")) throw new Error(`${name} has a line that is neither a name nor a user agent: ${line}`);
  }
  return entries;
}

function unquoted(value) {
  if (value.startsWith('"')) return JSON.parse(value);
  return value.startsWith("'") ? value.slice(1, -1).replaceAll("''", "'") : value;
}

function cut(userAgents) {
  return userAgents.filter((it) => it.length <= MAX_USER_AGENT);
}

async function text(file, url) {
  if (file) return readFile(file, "utf8");
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  return answer.text();
}

/** A file of the newest release of a package. */
async function packed(name, file) {
  const archive = (await run("npm", ["pack", name, "--silent", "--pack-destination", temporary])).trim();
  await run("tar", ["xzf", archive, `package/${file}`], { cwd: temporary });
  return path.join(temporary, "package", file);
}

function difference(before, entries) {
  const named = (list) => new Set(list.map(({ name }) => name));
  const missing = (list, names) => list.map(({ name }) => name).filter((name) => !names.has(name));
  const added = missing(entries, named(before));
  const removed = missing(before, named(entries));
  const said = (what, names) => (names.length > 0 ? `; ${what}: ${names.join(", ")}` : "");
  return `${entries.length} entries${said("new", added)}${said("gone", removed)}`;
}

/** One entry a line, so that the next list differs by lines. */
function written(head, entries) {
  const lines = entries.map((entry) => `    ${JSON.stringify(entry)}`).join(",\n");
  return `${JSON.stringify(head, null, 2).slice(0, -2)},\n  "entries": [\n${lines}\n  ]\n}\n`;
}
