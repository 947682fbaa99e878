/** The state of the server, in the status bar's menu of the language. */

import * as vscode from "vscode";
import { State } from "vscode-languageclient/node";

export class Status implements vscode.Disposable {
  private readonly item = vscode.languages.createLanguageStatusItem("keras-inference", [
    { language: "python" },
    { notebookType: "jupyter-notebook" },
  ]);

  constructor() {
    this.item.name = "Keras inference";
    this.item.command = { command: "keras-inference.restart", title: "Restart" };
  }

  show(state: State, origin: string): void {
    this.item.busy = state === State.Starting;
    const words = { [State.Starting]: "starts", [State.Running]: "runs", [State.Stopped]: "has stopped" };
    this.item.text = `Keras inference ${words[state as keyof typeof words] ?? "has stopped"}`;
    this.item.detail = origin;
    this.item.severity =
      state === State.Running || state === State.Starting
        ? vscode.LanguageStatusSeverity.Information
        : vscode.LanguageStatusSeverity.Error;
  }

  missing(why: string): void {
    this.item.busy = false;
    this.item.text = "Keras inference is not installed";
    this.item.detail = why;
    this.item.severity = vscode.LanguageStatusSeverity.Warning;
  }

  dispose(): void {
    this.item.dispose();
  }
}
