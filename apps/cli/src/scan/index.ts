export { readAllowFile } from "./allow-file.ts";
export { scanInput } from "./scan.ts";
export { toExitCode, toScanReport } from "./scan-report.ts";
export { toScanText } from "./scan-text.ts";
