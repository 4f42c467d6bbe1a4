/**
 * A row of a tree as plain data, so that what the operator sees can be tested without
 * an editor. Every string has passed showText before; rows show it as text only.
 */
export interface ViewItem {
  /** Unique within its view. */
  readonly id: string;
  readonly label: string;
  readonly description?: string;
  /** Lines of the tooltip; shown as plain text. */
  readonly tooltip?: readonly string[];
  readonly icon: Icon;
  /** From the closed list that the manifest's menus use. */
  readonly context: ContextValue;
  readonly expand: "none" | "collapsed" | "expanded";
  /** Opens on a click: a document, never an action on a host. */
  readonly opens?: OpenCommand;
  /** What a screen reader says; the label when absent. */
  readonly spoken?: string;
}

export interface Icon {
  /** Codicon name. */
  readonly name: string;
  readonly color?: "error" | "warning" | "ok" | "muted";
}

export type ContextValue =
  | "host.disconnected"
  | "host.connecting"
  | "host.connected"
  | "host.failed"
  | "alarm.toBeHandled"
  | "alarm.handled"
  | "alarm.ignored"
  | "alarm.allowlisted"
  | "isolated.isolated"
  | "isolated.gone"
  | "autostart.item"
  | "autostart.change"
  | "group"
  | "information";

export interface OpenCommand {
  readonly command: string;
  readonly title: string;
  readonly argument: string;
}
