import type { ByteString } from "../../text/byteString.ts";

/** Folders from which the system manager loads units, in order of priority (systemd.unit(5)). */
export const unitFolders: readonly string[] = [
  "/etc/systemd/system.control",
  "/run/systemd/system.control",
  "/run/systemd/transient",
  "/run/systemd/generator.early",
  "/etc/systemd/system",
  "/etc/systemd/system.attached",
  "/run/systemd/system",
  "/run/systemd/system.attached",
  "/run/systemd/generator",
  "/usr/local/lib/systemd/system",
  "/usr/lib/systemd/system",
  "/lib/systemd/system",
  "/run/systemd/generator.late",
];

/** What the systemd classes read: units, drop-ins and dependency links lie at most one folder deep. */
export const unitPatterns: readonly string[] = unitFolders.flatMap((folder) => [`${folder}/*`, `${folder}/*/*`]);

const unitName =
  /^[A-Za-z0-9:_.\\-]+(?:@[A-Za-z0-9:_.\\@-]*)?\.(?:service|socket|device|mount|automount|swap|target|path|timer|slice|scope)$/;

export function isUnitName(name: ByteString): boolean {
  return name.length <= 255 && unitName.test(name);
}

/** `service` of `ssh.service`. */
export function unitType(name: ByteString): string {
  return name.slice(name.lastIndexOf(".") + 1);
}

/** `getty@.service` of `getty@tty1.service`; undefined for a name without an instance. */
export function templateOf(name: ByteString): ByteString | undefined {
  const at = name.indexOf("@");
  const dot = name.lastIndexOf(".");
  return at < 0 || dot <= at + 1 ? undefined : name.slice(0, at + 1) + name.slice(dot);
}

/** `tty1` of `getty@tty1.service`; empty for a template and for a plain unit. */
export function instanceOf(name: ByteString): ByteString {
  const at = name.indexOf("@");
  return at < 0 ? "" : name.slice(at + 1, name.lastIndexOf("."));
}

export function isTemplate(name: ByteString): boolean {
  return name.includes("@.");
}

/** `getty@.service` with `tty1` is `getty@tty1.service`. */
export function instantiate(template: ByteString, instance: ByteString): ByteString {
  return template.replace("@.", () => `@${instance}.`);
}

/**
 * Drop-in folders of a unit, the most specific first: its own name, its template, the
 * names cut at each dash (`foo-bar.service` also reads `foo-.service.d`), its type.
 */
export function dropInFolders(name: ByteString): readonly ByteString[] {
  const type = unitType(name);
  const names = [name];
  const template = templateOf(name);
  if (template !== undefined) names.push(template);
  const stem = (template ?? name).slice(0, -(type.length + 1)).replace(/@$/, "");
  const suffix = template === undefined && !isTemplate(name) ? "" : "@";
  for (let dash = stem.lastIndexOf("-", stem.length - 2); dash > 0; dash = stem.lastIndexOf("-", dash - 1))
    names.push(`${stem.slice(0, dash + 1)}${suffix}.${type}`);
  return [...names, type].map((folder) => `${folder}.d`);
}
