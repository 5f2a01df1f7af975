// Two people at the same mini program at the same time.

import { expect, hydrated, listen, logIn, test } from "./support";

test("two people do not overwrite each other, and both see a probe that one has started", async ({ page, browser, demo, complaints }) => {
  const other = await browser.newContext({ locale: "en", viewport: { width: 1440, height: 900 } });
  listen(other, complaints);
  const second = await other.newPage();
  for (const each of [page, second]) {
    await logIn(each, demo);
    await each.locator("a", { hasText: "小店 · Shop" }).click();
    await expect(each.locator("#request [data-entry]")).toHaveCount(2);
    await hydrated(each);
  }

  await test.step("the settings that were read earlier are refused, and nothing is lost", async () => {
    await page.locator("#settings input[name=name]").fill("小店 A");
    await page.locator("#settings form[action*='change'] button").click();
    await expect(page.getByRole("heading", { level: 1 })).toContainText("小店 A");
    await second.locator("#settings input[name=name]").fill("Shop B");
    await second.locator("#settings form[action*='change'] button").click();
    await expect(second.getByText("Somebody else changed it in between.")).toBeVisible();
    await expect(second.locator("#settings input[name=name]")).toHaveValue("Shop B");
    await second.reload();
    await expect(second.getByRole("heading", { level: 1 })).toContainText("小店 A");
    await hydrated(second);
  });

  await test.step("an entry that both add is in the list once", async () => {
    for (const each of [page, second]) {
      await each.locator("#add textarea").fill("https://api.example.com");
    }
    await page.locator("#add button.btn-primary").click();
    await expect(page.locator("#request [data-entry]")).toHaveCount(3);
    await second.locator("#add button.btn-primary").click();
    await expect(second.locator("#add [role=alert]")).toContainText("1");
    await second.reload();
    await expect(second.locator("#request [data-entry]")).toHaveCount(3);
    await hydrated(second);
  });

  await test.step("an entry that is gone already cannot be removed again, and that is said", async () => {
    for (const each of [page, second]) {
      await each.locator("[data-entry='https://api.example.com'] summary").click();
    }
    await page.locator("[data-entry='https://api.example.com'] form[action*='remove-entry'] button").click();
    await expect(page.locator("#request [data-entry]")).toHaveCount(2);
    await second.locator("[data-entry='https://api.example.com'] form[action*='remove-entry'] button").click();
    await expect(second.getByText("It is not there, or not any more.")).toBeVisible();
  });

  await test.step("both follow the same probe to its end", async () => {
    await second.reload();
    await hydrated(second);
    await Promise.all([
      page.getByRole("button", { name: "立即探测" }).click(),
      second.getByRole("button", { name: "Probe now" }).click(),
    ]);
    await expect(page.getByText("完成：已探测 2 / 2。")).toBeVisible({ timeout: 60_000 });
    await expect(second.getByText("Done: 2 of 2 probed.")).toBeVisible({ timeout: 60_000 });
  });
  await other.close();
});
