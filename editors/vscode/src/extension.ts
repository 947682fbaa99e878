/** Starts the language server `keras-inference server`, and starts it again where what it rests on changes. */

import * as vscode from "vscode";
import { LanguageClient, State, type LanguageClientOptions } from "vscode-languageclient/node";
import { EXTRA, locate, NoServer, onInterpreterSelected } from "./locate";
import { told } from "./settings";
import { Status } from "./status";

const SECTION = "keras-inference";
const FIX_ALL = "source.fixAll.keras-inference";

let running: Connection | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const connection = new Connection();
  running = connection;
  context.subscriptions.push(
    connection,
    vscode.commands.registerCommand("keras-inference.restart", () => connection.restart()),
    vscode.commands.registerCommand("keras-inference.showLog", () => connection.log.show()),
    vscode.commands.registerCommand("keras-inference.fixAll", () =>
      vscode.commands.executeCommand("editor.action.codeAction", { kind: FIX_ALL, apply: "first" }),
    ),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (["path", "interpreter"].some((key) => event.affectsConfiguration(`${SECTION}.${key}`))) {
        void connection.restart();
      }
    }),
    await onInterpreterSelected(() => void connection.restart()),
  );
  await connection.restart();
}

export async function deactivate(): Promise<void> {
  await running?.stop();
}

/** The client of one server, which may be stopped and started again; requests to do so wait for each other. */
class Connection implements vscode.Disposable {
  readonly log = vscode.window.createOutputChannel("Keras inference", { log: true });
  private readonly status = new Status();
  private client: LanguageClient | undefined;
  private last: Promise<void> = Promise.resolve();

  restart(): Promise<void> {
    this.last = this.last.then(async () => {
      await this.stopNow();
      await this.startNow();
    });
    return this.last;
  }

  stop(): Promise<void> {
    this.last = this.last.then(() => this.stopNow());
    return this.last;
  }

  dispose(): void {
    this.status.dispose();
    this.log.dispose();
  }

  private async startNow(): Promise<void> {
    try {
      const server = await locate(vscode.workspace.workspaceFolders?.[0]);
      this.log.info(`starting ${server.command} ${server.args.join(" ")}`);
      const client = new LanguageClient(
        SECTION,
        "Keras inference",
        { command: server.command, args: server.args },
        this.options(),
      );
      client.onDidChangeState(({ newState }) => this.status.show(newState, server.origin));
      this.client = client;
      this.status.show(State.Starting, server.origin);
      await client.start();
    } catch (error) {
      await this.failed(error);
    }
  }

  private async stopNow(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    if (client) {
      try {
        await client.dispose();
      } catch (error) {
        this.log.warn(`the server did not stop: ${String(error)}`);
      }
    }
  }

  private options(): LanguageClientOptions {
    return {
      documentSelector: [
        { scheme: "file", language: "python" },
        { scheme: "untitled", language: "python" },
      ],
      outputChannel: this.log,
      traceOutputChannel: this.log,
      initializationOptions: told(vscode.workspace.getConfiguration(SECTION)),
      middleware: {
        workspace: {
          configuration: async (params, token, next) => {
            const answers = await next(params, token);
            return Array.isArray(answers)
              ? answers.map((answer, at) => (params.items[at]?.section === SECTION ? told(answer) : answer))
              : answers;
          },
        },
      },
    };
  }

  /** Say what is wrong where somebody looks for findings, and offer the way out. */
  private async failed(error: unknown): Promise<void> {
    const why = error instanceof Error ? error.message : String(error);
    this.log.error(why);
    this.status.missing(why);
    const interpreter = error instanceof NoServer ? error.interpreter : undefined;
    void this.offer(why, interpreter);
  }

  private async offer(why: string, interpreter: string | undefined): Promise<void> {
    const [install, settings, log] = ["Install", "Open Settings", "Show Log"];
    const ways = [...(interpreter ? [install] : []), settings, log];
    const chosen = await vscode.window.showWarningMessage(`Keras inference: ${why}`, ...ways);
    if (chosen === install && interpreter) {
      const terminal = vscode.window.createTerminal({
        name: "Keras inference",
        shellPath: interpreter,
        shellArgs: ["-m", "pip", "install", EXTRA],
      });
      terminal.show();
      const closed = vscode.window.onDidCloseTerminal((each) => {
        if (each === terminal) {
          closed.dispose();
          void this.restart();
        }
      });
    } else if (chosen === settings) {
      await vscode.commands.executeCommand("workbench.action.openSettings", SECTION);
    } else if (chosen === log) {
      this.log.show();
    }
  }
}
