import type { ByteString } from "../text/byteString.ts";

/** A command that pam_exec runs at login. */
export interface PamCommand {
  readonly command: ByteString;
  /** `expose_authtok`: the command reads the password. */
  readonly seesPassword: boolean;
}

/**
 * The commands that a file of /etc/pam.d runs. pam.conf(5): a number sign starts a
 * comment, a backslash joins lines, square brackets keep words together.
 */
export function parsePamCommands(content: ByteString): readonly PamCommand[] {
  return content
    .replaceAll("\\\n", " ")
    .split("\n")
    .filter((line) => line.includes("pam_exec.so"))
    .flatMap((line) => {
      const words = (line.split("#", 1)[0] ?? "").split(/[\s\0]+/).map((word) => word.replace(/^\[|\]$/g, ""));
      const at = words.findIndex((word) => /(?:^|\/)pam_exec\.so$/.test(word));
      const command = at < 0 ? undefined : words.slice(at + 1).find((word) => word.startsWith("/"));
      return command === undefined ? [] : [{ command, seesPassword: words.includes("expose_authtok") }];
    });
}
