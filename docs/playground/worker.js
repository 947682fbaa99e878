// Runs the linter under Pyodide, off the page's thread. Everything is served from beside this file.
//   {id, text, rule} -> {id, findings} or {id, error}; {ready: true} or {failed: why} once, unasked.

const here = (name) => new URL(name, import.meta.url).href;

async function load() {
  const { loadPyodide } = await import(here("pyodide/pyodide.mjs"));
  const python = await loadPyodide({ indexURL: here("pyodide/") });
  const answer = await fetch(here("linter.zip"));
  if (!answer.ok) throw new Error(`linter.zip: ${answer.status}`);
  python.unpackArchive(new Uint8Array(await answer.arrayBuffer()), "zip", { extractDir: "/linter" });
  return python.runPython("import sys; sys.path.insert(0, '/linter'); from check_text import findings; findings");
}

const loaded = load();
loaded.then(
  () => postMessage({ ready: true }),
  (error) => postMessage({ failed: String(error.message ?? error) }),
);

onmessage = async ({ data: { id, text, rule } }) => {
  try {
    const check = await loaded;
    postMessage({ id, findings: JSON.parse(check(text, rule)) });
  } catch (error) {
    postMessage({ id, error: String(error.message ?? error) });
  }
};
