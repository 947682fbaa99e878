// The playground: a text, its marked places, and the findings beside the lines. `worker.js` has the linter.

const SETTLE = 300; // milliseconds that a text rests before it is checked
const START = `import keras
import tensorflow as tf

model = keras.models.load_model("scores.keras")

def score_all(records):
    return [model.predict(record[None])[0] for record in records]

def train_step(x, y):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model.predict(x) - y) ** 2)
    return tape.gradient(loss, model.trainable_variables)
`;

const part = (name) => document.getElementById(`playground-${name}`);
const [root, input, marks, lines, list, status] = ["root", "input", "marks", "lines", "findings", "status"].map(part);

// Links: #code=... is the text, deflated, in the alphabet for addresses; &rule=... a rule that runs besides.

async function through(stream, bytes) {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
}

async function packed(text) {
  const bytes = await through(new CompressionStream("deflate-raw"), new TextEncoder().encode(text));
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

async function unpacked(code) {
  const binary = atob(code.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(binary, (sign) => sign.charCodeAt(0));
  return new TextDecoder().decode(await through(new DecompressionStream("deflate-raw"), bytes));
}

let rule = "";

async function fromAddress() {
  const given = new URLSearchParams(location.hash.slice(1));
  rule = given.get("rule") ?? "";
  if (!given.has("code")) return START;
  try {
    return await unpacked(given.get("code"));
  } catch {
    tell("The link holds no code that can be read.", "failed");
    return START;
  }
}

// Showing

function tell(words, state) {
  status.textContent = words;
  root.dataset.state = state;
}

/** The offset of a column, which the linter counts in characters and JavaScript in halves of some. */
function offset(line, column) {
  return Array.from(line).slice(0, column - 1).join("").length;
}

function node(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function drawLines(rows) {
  lines.textContent = rows.map((_, row) => row + 1).join("\n");
  input.style.height = `${rows.length + 1}lh`;
}

function drawMarks(rows, findings) {
  marks.replaceChildren(
    ...rows.flatMap((line, row) => {
      const here = findings
        .filter((found) => found.location.row <= row + 1 && row + 1 <= found.end_location.row)
        .map((found) => ({
          from: found.location.row === row + 1 ? offset(line, found.location.column) : 0,
          to: found.end_location.row === row + 1 ? offset(line, found.end_location.column) : line.length,
          severity: found.severity,
        }))
        .sort((a, b) => a.from - b.from);
      const pieces = [];
      let at = 0;
      for (const { from, to, severity } of here) {
        if (from < at) continue; // one in another: the outer one is marked
        pieces.push(line.slice(at, from), node("mark", { className: severity, textContent: line.slice(from, to) || " " }));
        at = to;
      }
      return [...pieces, `${line.slice(at)}\n`];
    }),
  );
}

function drawFindings(findings) {
  list.replaceChildren(
    ...findings.map((found) => {
      const page = node("a", { href: `../rules/${found.name}/`, textContent: found.code });
      const line = node("button", { type: "button", textContent: `line ${found.location.row}` });
      line.addEventListener("click", () => select(found));
      const trace = found.trace.map((step) =>
        node("small", { textContent: `line ${step.location.row}: ${step.message}` }),
      );
      const item = node("li", { className: found.severity }, line, " ", page, ` ${found.message}`, ...trace);
      item.dataset.row = found.location.row;
      return item;
    }),
  );
  place();
}

/** Put each finding beside its line, and below the one before; on a narrow screen they follow the code. */
function place() {
  const beside = getComputedStyle(list).position === "relative";
  const height = parseFloat(getComputedStyle(input).lineHeight);
  let free = 0;
  for (const item of list.children) {
    if (!beside) {
      item.style.top = "";
      continue;
    }
    const top = Math.max((item.dataset.row - 1) * height, free);
    item.style.top = `${top}px`;
    free = top + item.offsetHeight + 4;
  }
  list.style.minHeight = beside ? `${free}px` : "";
}

function select({ location: start, end_location: end }) {
  const rows = input.value.split("\n");
  const before = (row) => rows.slice(0, row - 1).reduce((sum, line) => sum + line.length + 1, 0);
  input.focus();
  input.setSelectionRange(
    before(start.row) + offset(rows[start.row - 1], start.column),
    before(end.row) + offset(rows[end.row - 1] ?? "", end.column),
  );
}

// Checking

let worker;
let asked = 0;
let waiting;

function check() {
  asked += 1;
  worker.postMessage({ id: asked, text: input.value, rule });
}

function changed() {
  const rows = input.value.split("\n");
  drawLines(rows);
  drawMarks(rows, []);
  clearTimeout(waiting);
  waiting = setTimeout(check, SETTLE);
}

function answered({ data }) {
  if (data.failed !== undefined) {
    tell(`Python could not be loaded, so nothing is checked. (${data.failed})`, "failed");
  } else if (data.error !== undefined && data.id === asked) {
    tell(`The check failed: ${data.error}`, "failed");
  } else if (data.findings !== undefined && data.id === asked) {
    drawMarks(input.value.split("\n"), data.findings);
    drawFindings(data.findings);
    const count = data.findings.length;
    tell(count === 0 ? "No findings." : count === 1 ? "1 finding." : `${count} findings.`, "checked");
  }
}

async function share() {
  const given = new URLSearchParams({ code: await packed(input.value), ...(rule ? { rule } : {}) });
  history.replaceState(null, "", `#${given}`);
  try {
    await navigator.clipboard.writeText(location.href);
    tell("The link is copied.", root.dataset.state);
  } catch {
    tell("The link is the address of this page now.", root.dataset.state);
  }
}

async function open() {
  input.value = await fromAddress();
  changed();
}

input.addEventListener("input", changed);
input.addEventListener("scroll", () => {
  marks.scrollLeft = input.scrollLeft;
});
part("share").addEventListener("click", share);
addEventListener("hashchange", open);
addEventListener("resize", place);
worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
worker.addEventListener("message", answered);
worker.addEventListener("error", (event) => answered({ data: { failed: event.message || "the worker did not start" } }));
await open();
