/** Text of a host in a document: the editor turns bare addresses into links, so these lose their scheme's shape. */
export function defang(text: string): string {
  return text.replace(/\b(h)tt(ps?):\/\//gi, "$1xx$2://").replace(/\b(vscode|command|file|mailto):/gi, "$1\u2236");
}
