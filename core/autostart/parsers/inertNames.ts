import type { ByteString } from "../../text/byteString.ts";

/**
 * Whether cron reads a file of this name in /etc/cron.d. Debian's cron and run-parts
 * take letters, digits, `_` and `-` only; cronie skips dotfiles and a few endings. Where
 * the distribution is unknown the file counts as read unless both would skip it, because
 * calling a live job inert is the worse mistake.
 */
export function isReadByCron(name: ByteString, osIds: readonly string[]): boolean {
  const byDebian = /^[A-Za-z0-9_-]+$/.test(name);
  const byCronie = !/^\.|~$|\.rpm(?:save|orig|new)$/.test(name);
  return choose(byDebian, byCronie, osIds);
}

/** The same for the scripts of /etc/cron.daily and its sisters, which run-parts starts. */
export function isReadByRunParts(name: ByteString, osIds: readonly string[]): boolean {
  const byDebian = /^[A-Za-z0-9_-]+$/.test(name);
  const byCronie = !/[~,]$|\.(?:rpm(?:save|orig|new)|swp|cfsaved)$/.test(name);
  return choose(byDebian, byCronie, osIds);
}

function choose(byDebian: boolean, byCronie: boolean, osIds: readonly string[]): boolean {
  if (osIds.includes("debian") || osIds.includes("ubuntu")) return byDebian;
  if (osIds.some((id) => cronieSystems.has(id))) return byCronie;
  return byDebian || byCronie;
}

const cronieSystems = new Set(["rhel", "fedora", "centos", "suse", "opensuse", "arch", "amzn", "euleros", "openeuler"]);
