/**
 * Text of a host in a document: the editor turns bare addresses into links, even in the
 * middle of a word, so these lose their scheme's shape.
 */
export function defang(text: string): string {
  return text
    .replace(/http(s?):\/\//gi, "hxxp$1://")
    .replace(/(vscode(?:-insiders)?|command):/gi, "$1\u2236")
    .replace(/\b(file|mailto):/gi, "$1\u2236");
}
