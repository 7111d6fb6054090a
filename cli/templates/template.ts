export interface Template {
  summary: string;
  /** Contents by path inside the folder. */
  files(name: string): Record<string, string>;
  /** Triggers for faas.config.ts, as one writes them. */
  triggers(name: string): string;
  /** Needs `npm install` before it deploys. */
  dependencies: boolean;
  /** A command that shows it working. */
  tryIt(name: string): string;
}

/** package.json of a new function. */
export const manifest = (name: string, dependencies: Record<string, string> = {}): string => {
  const wanted = Object.keys(dependencies).length > 0 ? { dependencies } : {};
  return `${JSON.stringify({ name, private: true, type: 'module', ...wanted }, null, 2)}\n`;
};
