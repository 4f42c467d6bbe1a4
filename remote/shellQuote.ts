/**
 * One argument for a POSIX shell. This is the only place where text becomes shell
 * syntax; everything else is argv arrays and RPC parameters.
 * @throws RangeError when the argument holds a NUL byte, which no argv can carry
 */
export function shellQuote(argument: string): string {
  if (argument.includes("\0")) throw new RangeError("A shell argument cannot contain a NUL byte.");
  if (/^[A-Za-z0-9_/:=.,@%+-]+$/.test(argument)) return argument;
  return `'${argument.replaceAll("'", `'\\''`)}'`;
}

/** A command line for a POSIX shell from an argv array. */
export function shellCommand(argv: readonly string[]): string {
  return argv.map(shellQuote).join(" ");
}
