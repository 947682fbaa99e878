/** Where the server is: in the settings, in the Python that is selected for the workspace, or on PATH. */

import { execFile } from "node:child_process";
import { PythonExtension, PVSC_EXTENSION_ID } from "@vscode/python-extension";
import * as vscode from "vscode";

export interface Server {
  command: string;
  args: string[];
  /** What is shown to the person who edits. */
  origin: string;
}

/** Why there is no server, in the words of the last place that was tried. */
export class NoServer extends Error {
  constructor(
    message: string,
    /** The Python into which it could be installed. */
    readonly interpreter?: string,
  ) {
    super(message);
  }
}

export const EXTRA = "pytest-keras-inference[server]";
/** Imported by its file name and not run: it fails where the package or its extra is missing. */
const PROBE = "import importlib.util as u, sys; sys.exit(0 if all(map(u.find_spec, ('keras_inference_command', 'pygls'))) else 3)";

/**
 * The server to start for a workspace folder.
 * @throws NoServer where none can be found
 */
export async function locate(folder: vscode.WorkspaceFolder | undefined): Promise<Server> {
  const settings = vscode.workspace.getConfiguration("keras-inference", folder);
  const path = filled(settings.get("path"), folder);
  if (path) {
    return { command: path, args: ["server"], origin: path };
  }
  const named = filled(settings.get("interpreter"), folder);
  const interpreter = named || (await selectedInterpreter(folder));
  if (interpreter && (await succeeds(interpreter, ["-c", PROBE]))) {
    return { command: interpreter, args: ["-m", "keras_inference_command", "server"], origin: interpreter };
  }
  if (named) {
    throw new NoServer(`${named} has no ${EXTRA}.`, named);
  }
  if (await succeeds("keras-inference", ["--version"])) {
    return { command: "keras-inference", args: ["server"], origin: "keras-inference on PATH" };
  }
  throw new NoServer(
    interpreter
      ? `Neither ${interpreter} nor PATH has ${EXTRA}.`
      : `No Python is selected, and PATH has no keras-inference.`,
    interpreter,
  );
}

/** The Python that the Python extension has selected, or undefined without that extension. */
async function selectedInterpreter(folder: vscode.WorkspaceFolder | undefined): Promise<string | undefined> {
  if (!vscode.extensions.getExtension(PVSC_EXTENSION_ID)) {
    return undefined;
  }
  const python = await PythonExtension.api();
  const active = python.environments.getActiveEnvironmentPath(folder?.uri);
  const environment = await python.environments.resolveEnvironment(active);
  return environment?.executable.uri?.fsPath;
}

/** Call back whenever another Python is selected. */
export async function onInterpreterSelected(callback: () => void): Promise<vscode.Disposable> {
  if (!vscode.extensions.getExtension(PVSC_EXTENSION_ID)) {
    return new vscode.Disposable(() => undefined);
  }
  const python = await PythonExtension.api();
  return python.environments.onDidChangeActiveEnvironmentPath(callback);
}

function filled(value: unknown, folder: vscode.WorkspaceFolder | undefined): string {
  const text = typeof value === "string" ? value.trim() : "";
  return folder ? text.replaceAll("${workspaceFolder}", folder.uri.fsPath) : text;
}

function succeeds(command: string, args: string[]): Promise<boolean> {
  return new Promise((resolve) => {
    execFile(command, args, { timeout: 20_000 }, (error) => resolve(error === null));
  });
}
