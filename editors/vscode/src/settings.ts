/** What of the settings the server is told: the others are for this extension. */

const TOLD = [
  "severity",
  "minConfidence",
  "select",
  "extendSelect",
  "ignore",
  "ruleSeverity",
  "fixable",
  "unfixable",
  "extendSafeFixes",
  "extendUnsafeFixes",
  "perFileIgnores",
  "exclude",
  "extendExclude",
  "baseline",
] as const;

/** The settings of the section `keras-inference` as the server takes them. */
export function told(section: unknown): Record<string, unknown> {
  const given = section !== null && typeof section === "object" ? (section as Record<string, unknown>) : {};
  return Object.fromEntries(TOLD.filter((key) => given[key] !== undefined).map((key) => [key, given[key]]));
}
