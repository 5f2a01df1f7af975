// Check → Verification file: a business domain is asked for its file as WeChat asks, and what came of it stays.

import { expect, hydrated, logIn, test } from "./support";

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("a verification file is asked for, and a name that is none is refused", async ({ page, demo }) => {
      await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
      await logIn(page, demo);
      await page.goto(`${demo.url}/endpoints?q=plain-http`);
      const server = (await page.locator("tr[data-endpoint] a").first().textContent()) ?? "";
      await page.goto(`${demo.url}/check`);
      await page.getByRole("navigation", { name: "Kinds of check" }).getByRole("link", { name: "Verification file" }).click();
      await expect(page).toHaveURL(`${demo.url}/check/file`);
      await expect(page.locator("#verify-file")).toBeVisible();

      await page.locator("input[name=host]").fill(server);
      await page.locator("input[name=name]").fill("path/kH3Bw2VgxW.txt");
      await page.locator("input[name=content]").fill("9c1f0a4d");
      await page.getByRole("button", { name: "Fetch the file" }).click();
      await expect(page.locator("#name-error")).toContainText("without a path");
      await expect(page.locator("input[name=host]")).toHaveValue(server);
      await expect(page.locator("input[name=content]")).toHaveValue("9c1f0a4d");

      await page.locator("input[name=name]").fill("kH3Bw2VgxW.txt");
      const way = page.getByRole("combobox", { name: "Ask" });
      await way.selectOption("route");
      await page.getByRole("button", { name: "Fetch the file" }).click();
      await expect(page.locator("#by-error")).toContainText("is probed another way");
      await expect(way).toHaveValue("route");

      await way.selectOption("dns");
      await page.getByRole("button", { name: "Fetch the file" }).click();
      await expect(page.locator("[data-answer] h2")).toHaveText(`https://${server}/kH3Bw2VgxW.txt`);
      await expect(page.locator("article[data-code='tls.not_tls']")).toBeVisible();
      await expect(page.locator("[data-answer]")).toContainText("Asked at");
      await expect(page.locator("[data-not-asked]")).toHaveCount(0);

      // The answer has an address of its own, and asks nobody again.
      await expect(page).toHaveURL(/\/check\/file\?draft=/);
      await page.reload();
      await expect(page.locator("article[data-code='tls.not_tls']")).toBeVisible();
      await expect(page.locator("input[name=content]")).toHaveValue("9c1f0a4d");

      // It is not that of another question, which is refused.
      if (javaScriptEnabled) await hydrated(page);
      await page.locator("input[name=host]").fill("another host");
      await page.getByRole("button", { name: "Fetch the file" }).click();
      await expect(page.locator("#host-error")).not.toBeEmpty();
      await expect(page.locator("[data-answer]")).toHaveCount(0);
      await expect(page.locator("input[name=host]")).toHaveValue("another host");
      await page.locator("input[name=host]").fill(server);
      await page.getByRole("button", { name: "Fetch the file" }).click();
      await expect(page.locator("article[data-code='tls.not_tls']")).toBeVisible();
    });

    test("a server that is probed another way is asked as WeChat asks, or that way where it is chosen", async ({ page, demo }) => {
      await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
      await logIn(page, demo);
      await page.goto(`${demo.url}/endpoints?q=plain-http`);
      const endpoint = page.locator("tr[data-endpoint] a").first();
      const server = (await endpoint.textContent()) ?? "";
      await page.goto(demo.url + (await endpoint.getAttribute("href")));
      if (javaScriptEnabled) await hydrated(page);
      await page.getByLabel("IP addresses").fill("127.0.0.2");
      await page.getByRole("button", { name: "Use from now on" }).click();
      await expect(page.locator("[data-banner=route]")).toContainText("127.0.0.2");

      await page.goto(`${demo.url}/check/file`);
      if (javaScriptEnabled) await hydrated(page);
      const way = page.getByRole("combobox", { name: "Ask" });
      const answer = page.locator("[data-answer]");
      await page.locator("input[name=host]").fill(server);
      await page.locator("input[name=name]").fill("kH3Bw2VgxW.txt");
      await page.getByRole("button", { name: "Fetch the file" }).click();
      await expect(answer.locator("[data-not-asked]")).toContainText("Hufu probes this endpoint by another way: to 127.0.0.2");
      await expect(answer.locator("[data-not-asked] a")).toHaveText(server);
      await expect(answer.locator("dd").filter({ hasText: /^127\.0\.0\.2 {2}/ })).toHaveCount(0);
      await expect(way).toHaveValue("dns");

      await way.selectOption("route");
      await page.getByRole("button", { name: "Fetch the file" }).click();
      await expect(answer.locator("dd").filter({ hasText: /^127\.0\.0\.2 {2}/ })).toHaveCount(1);
      await expect(answer).toContainText("fixed addresses; WeChat asks those that DNS gives");
      await expect(answer.locator("[data-not-asked]")).toHaveCount(0);
      await expect(way).toHaveValue("route");
      await page.reload();
      await expect(way).toHaveValue("route");
      await expect(answer).toContainText("fixed addresses");
    });
  });
}
