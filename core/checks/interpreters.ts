import type { ByteString } from "../text/byteString.ts";
import { basename } from "../text/paths.ts";

/**
 * Programs that do what a script, an argument or another file says: who owns them tells
 * nothing about what they do. The list only ever takes an excuse away, so matching by
 * name is safe here.
 */
const interpreterName =
  /^(?:ba|da|z|k|mk|a|c|tc|fi|pdk)?sh(?:-static)?$|^rbash$|^busybox(?:\..*)?$|^toybox$|^python[\d.]*[a-z]*$|^pypy[\d.]*$|^perl[\d.]*$|^ruby[\d.]*$|^node(?:js)?$|^nodejs?\d*$|^deno$|^bun$|^php(?:-cgi|-fpm)?[\d.]*$|^java$|^lua(?:jit)?[\d.-]*$|^tclsh[\d.]*$|^guile[\d.]*$|^g?awk$|^mawk$|^socat\d?$|^nc(?:at)?(?:\.\w+)?$|^ld-(?:linux|musl)[\w.-]*$|^ld-[\d.]+\.so$|^qemu-[\w-]+$|^wine\d*(?:-preloader)?$|^mono(?:-sgen)?$|^dotnet$|^(?:env|nohup|setsid|timeout|nice|ionice|stdbuf|unshare|nsenter|chroot|proot|script|watch|xargs|sudo|su|doas|runuser|flock|taskset|chrt|cpulimit)$/;

export function isInterpreter(path: ByteString): boolean {
  return interpreterName.test(basename(path));
}
