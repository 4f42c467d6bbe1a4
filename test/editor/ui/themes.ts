export type Theme = "dark" | "light" | "high-contrast";

/** What the window would learn from the operating system, and how the workbench then marks itself. */
export const themes = {
  dark: { media: { colorScheme: "dark", forcedColors: "none" }, className: "vs-dark" },
  light: { media: { colorScheme: "light", forcedColors: "none" }, className: "vs" },
  "high-contrast": { media: { colorScheme: "dark", forcedColors: "active" }, className: "hc-black" },
} as const satisfies Readonly<Record<Theme, unknown>>;

/** The workbench follows the window's colour scheme: nothing is reloaded and a dialog stays open. */
export const themeSettings: Readonly<Record<string, unknown>> = {
  "window.autoDetectColorScheme": true,
  "window.autoDetectHighContrast": true,
  "workbench.preferredDarkColorTheme": "Dark Modern",
  "workbench.preferredLightColorTheme": "Light Modern",
  "workbench.preferredHighContrastColorTheme": "Default High Contrast",
};
