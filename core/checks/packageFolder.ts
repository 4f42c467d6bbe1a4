import type { ByteString } from "../text/byteString.ts";

/** True for a file in the folders that belong to the package manager: what lies there without a package was put there by hand. */
export function isInPackageFolder(path: ByteString): boolean {
  return /^\/(?:usr\/)?(?:bin|sbin|lib|lib32|lib64|libx32|libexec)\//.test(path);
}
