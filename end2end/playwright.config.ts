import { defineConfig, devices } from "@playwright/test";

// One browser, one worker: every test starts servers of its own, and two cores are enough then.
export default defineConfig({
  testDir: "tests",
  outputDir: "artefacts/failures",
  workers: 1,
  retries: 0,
  forbidOnly: !!process.env.CI,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  reporter: [["list"]],
  use: {
    ...devices["Desktop Chrome"],
    locale: "zh-CN",
    viewport: { width: 1440, height: 900 },
    launchOptions: {
      executablePath: process.env.HUFU_CHROMIUM,
      // The sandbox needs user namespaces, which containers often lack.
      args: ["--no-sandbox"],
    },
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
  },
});
