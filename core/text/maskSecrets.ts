/**
 * Replaces what looks like a secret in a command line or an environment by `***`, so that
 * alarms and reports can be passed on. Wallets and pool names are evidence and stay.
 * Linear in the length of the text.
 */
export function maskSecrets(text: string): string {
  return text
    .replace(
      /((?:passwor[dt]|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key|credential)s?[=:]\s?)("[^"]*"|'[^']*'|[^\s"'&]+)/gi,
      "$1***",
    )
    .replace(/(--?(?:passwor[dt]|passwd|passphrase|secret|token|api-?key|auth-token)\s)([^\s-]\S*)/gi, "$1***")
    .replace(/(\bbearer\s|\bbasic\s)([A-Za-z0-9+/=._~-]{8,})/gi, "$1***")
    .replace(/(:\/\/[^\s/:@]{1,100}:)([^\s/@]{1,200})(@)/g, "$1***$3");
}
