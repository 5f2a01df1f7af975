// The page of an endpoint: what HTTP, revocation and the logs say of it, the complete chain as a file, and
// every cipher suite when somebody asks for it.

import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { expect, type Hufu, hydrated, logIn, test } from "./support";

/** To the page of a server of the lab, once it has been probed. */
async function open(page: Page, demo: Hufu, name: string): Promise<void> {
  const row = page.locator("tr[data-endpoint]");
  await expect(async () => {
    await page.goto(`${demo.url}/endpoints?q=${name}.`);
    await expect(row.locator("[data-result] [data-verdict]").first()).not.toHaveAttribute("data-verdict", "unknown", { timeout: 500 });
  }).toPass({ timeout: 60_000 });
  await row.getByRole("link", { name: `${name}.` }).click();
  await expect(page).toHaveURL(/\/endpoints\/\d+$/);
}

/** The certificates of a file. */
function certificates(path: string): X509Certificate[] {
  const blocks = readFileSync(path, "utf8").match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}

/** Probes, and waits until the page shows what came of it. */
async function probe(page: Page, everySuite: boolean): Promise<void> {
  const scripted = (await page.locator("html[data-hydrated]").count()) > 0;
  const looks = page.locator("#history tbody tr");
  // The address of the page comes before all of it does; it has been probed.
  await page.waitForLoadState();
  await expect(looks).not.toHaveCount(0);
  const before = await looks.count();
  await page.getByLabel("and list every TLS 1.2 cipher suite").setChecked(everySuite);
  await page.getByRole("button", { name: "Probe now" }).click();
  await expect(async () => {
    if (!scripted) await page.reload();
    expect(await looks.count()).toBeGreaterThan(before);
    await expect(page.getByRole("button", { name: "Probe now" })).toBeEnabled({ timeout: 500 });
  }).toPass({ timeout: 60_000 });
}

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test.beforeEach(async ({ page, demo }) => {
      await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
      await logIn(page, demo);
    });

    test("the page says what HTTP, revocation and the logs say", async ({ page, demo }) => {
      await open(page, demo, "good-ecdsa");
      const http = page.locator("[data-http]");
      await expect(http.getByRole("heading", { name: "HTTP" })).toBeVisible();
      await expect(http).toContainText("HTTP 200");
      await expect(http).toContainText("max-age=31536000");
      const leaf = page.locator("[data-card=leaf]");
      await expect(leaf.locator("[data-revocation]")).toContainText("not known from a list: the certificate names none");
      await expect(leaf.locator("dt", { hasText: "Transparency" }).locator("xpath=following-sibling::dd[1]")).toHaveText("none within it");
      // An authority's certificate is in no log, and nobody asks why it names no list.
      const issuer = page.locator("[data-card=intermediate]");
      await expect(issuer).toBeVisible();
      await expect(issuer.locator("dt", { hasText: "Transparency" })).toHaveCount(0);
      await expect(page.locator("[data-fullchain]")).toHaveCount(0);

      // Who does not speak TLS says nothing of these either.
      await open(page, demo, "plain-http");
      await expect(page.getByRole("heading", { name: "Addresses", exact: true })).toBeVisible();
      await expect(page.locator("[data-http], [data-revocation]")).toHaveCount(0);
    });

    test("what a server left out is offered as the file that it should send", async ({ page, demo }) => {
      await open(page, demo, "missing-intermediate");
      await expect(page.locator("[data-card=fetched]")).toContainText("Hufu Lab Intermediate");
      const saved = async (press: () => Promise<void>) => {
        const [download] = await Promise.all([page.waitForEvent("download"), press()]);
        return { name: download.suggestedFilename(), chain: certificates(await download.path()) };
      };
      const served = await saved(() => page.getByRole("link", { name: "Chain of 127.0.0.1 as PEM" }).click());
      expect(served.chain).toHaveLength(1);
      const whole = await saved(() => page.locator("[data-fullchain]").click());
      expect(whole.name).toMatch(/^missing-intermediate\.lab\.hufu\.example-\d+-fullchain\.pem$/);
      expect(whole.chain).toHaveLength(2);
      const [leaf, issuer] = whole.chain;
      expect(leaf.fingerprint256).toBe(served.chain[0].fingerprint256);
      expect(issuer.subject).toContain("CN=Hufu Lab Intermediate");
      expect(leaf.checkIssued(issuer) && leaf.verify(issuer.publicKey)).toBe(true);
    });

    test("every suite is listed when asked for, and the list outlives a probe that does not ask", async ({ page, demo }) => {
      await open(page, demo, "good-ecdsa");
      if (javaScriptEnabled) await hydrated(page);
      const list = page.locator("[data-suites]");
      await probe(page, false);
      await expect(list).toHaveCount(0);

      await probe(page, true);
      await expect(list).toContainText("On 127.0.0.1");
      await expect(list).toContainText("The client's order counts");
      const suites = await list.locator("li code").allTextContents();
      expect(suites).toHaveLength(3);
      for (const suite of suites) expect(suite).toMatch(/^TLS_ECDHE_ECDSA_WITH_/);
      const listed = await list.locator("time").getAttribute("datetime");

      await probe(page, false);
      expect(await list.locator("li code").allTextContents()).toEqual(suites);
      await expect(list.locator("time")).toHaveAttribute("datetime", listed!);

      await page.goto(`${demo.url}/endpoints/runs`);
      await expect(page.locator("[data-run]").filter({ hasText: "with every TLS 1.2 cipher suite" })).toHaveCount(1);
    });
  });
}
