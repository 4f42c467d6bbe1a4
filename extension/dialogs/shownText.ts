import { showText } from "#core/text/showBytes";
import { defang } from "../documents/defang.ts";

/** Notifications and prompts hold no more of a host's words than this; the log has the rest. */
const noticeLimit = 600;

/** Quick picks read `$(name)` as an icon: host text loses the dollar sign's meaning. */
export function pickText(text: string): string {
  return withoutIcons(showText(text, 200));
}

/**
 * Text for a notification, a progress line or the prompt of an input box. The editor
 * reads `[words](command:…)` in these as a link that runs a command, and `$(name)` as an
 * icon: neither may come from a host.
 */
export function noticeText(text: string, limit = noticeLimit): string {
  return withoutIcons(defang(showText(text, limit))).replaceAll("](", "]\u2009(");
}

function withoutIcons(text: string): string {
  return text.replaceAll("$(", "$\u2009(");
}
