import { defineConfig, devices } from "@playwright/test";

// One browser, and a worker for each of two cores: every test starts servers of its own.
export default defineConfig({
  testDir: "tests",
  outputDir: "artefacts/failures",
  workers: 2,
  fullyParallel: true,
  retries: 0,
  forbidOnly: !!process.env.CI,
  // A machine of continuous integration may be several times slower than a desk; what is wrong fails all the same.
  timeout: 300_000,
  expect: { timeout: 30_000 },
  reporter: [["list"]],
  use: {
    ...devices["Desktop Chrome"],
    locale: "zh-CN",
    viewport: { width: 1440, height: 900 },
    contextOptions: { reducedMotion: "reduce" },
    launchOptions: {
      executablePath: process.env.HUFU_CHROMIUM,
      // The sandbox needs user namespaces, which containers often lack.
      args: ["--no-sandbox"],
    },
    // Recording what happens takes longer than what happens; `npx playwright test --trace on` does it for one test.
    trace: "off",
    screenshot: "only-on-failure",
  },
});
