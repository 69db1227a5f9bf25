// Stands for a WebView: evaluates what comes in as lines, and says in lines what the script asks of its host.
const { randomBytes } = require("node:crypto");
const { createInterface } = require("node:readline");
const { runInThisContext } = require("node:vm");

const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
globalThis.countersignHost = {
  call: (id, name, of) => say({ kind: "call", id, name, of }),
  after: (id, delayMs) => say({ kind: "after", id, delayMs }),
  answer: (id, text) => say({ kind: "answer", id, text }),
  randomBytes: (length) => randomBytes(length).toString("base64url"),
  continuousMs: () => performance.now(),
};
createInterface({ input: process.stdin }).on("line", (line) => runInThisContext(JSON.parse(line)));
