// Filings: one record a registrable domain, many at once, and two people at the same one; with
// JavaScript and without.

import type { Page } from "@playwright/test";
import { expect, hydrated, listen, logIn, saved, test } from "./support";

const rows = (page: Page) => page.locator("tr[data-domain]");
const lines = (page: Page, verdict: string) => page.locator(`#paste [data-line=${verdict}]`);

test("many filings are judged while they are typed, mended, and saved together", async ({ page, demo }) => {
  await logIn(page, demo);
  await page.goto(`${demo.url}/icp`);
  await hydrated(page);
  await expect(rows(page)).toHaveCount(1);
  await expect(rows(page).locator("[data-standing]")).toHaveAttribute("data-standing", "filed");

  const text = page.locator("#paste textarea");
  await text.fill(
    [
      "example.com\t京 icp備11041704號－13\t某某 有限公司",
      "www.example.org 未备案",
      "com.cn 京ICP备11041704号",
      "例子.中国，备案中",
      "example.net 京ICP备1号",
    ].join("\n"),
  );
  await expect(lines(page, "accepted")).toHaveCount(2);
  await expect(lines(page, "accepted").first()).toContainText("example.com · 已备案 · 京ICP备11041704号-13 · 某某 有限公司");
  await expect(lines(page, "refused")).toHaveCount(3);
  const save = page.getByRole("button", { name: "保存备案" });
  await expect(save).toBeDisabled();

  await page.getByRole("button", { name: "采用全部建议" }).click();
  await expect(lines(page, "refused")).toHaveCount(2);
  await lines(page, "refused").first().getByRole("button", { name: "去掉此行" }).click();
  await lines(page, "refused").first().getByRole("button", { name: "去掉此行" }).click();
  await save.click();
  await expect(page.getByText("已保存 3 条备案。")).toBeVisible();
  await expect(text).toHaveValue("");
  await expect(rows(page)).toHaveCount(4);
  const order = () => rows(page).evaluateAll((all) => all.map((row) => row.getAttribute("data-domain")));
  expect(await order()).toEqual(["example.org", "xn--fsqu00a.xn--fiqs8s", "example.com", "hufu.example"]);

  const head = page.getByRole("columnheader", { name: "主域名" });
  await head.getByRole("link").click();
  await expect(head).toHaveAttribute("aria-sort", "ascending");
  await expect(page).toHaveURL(/sort=domain$/);
  await expect.poll(order).toEqual(["example.com", "example.org", "hufu.example", "xn--fsqu00a.xn--fiqs8s"]);
  await head.getByRole("link").click();
  await expect(page).toHaveURL(/sort=domain&order=reversed/);
  await expect.poll(order).toEqual(["xn--fsqu00a.xn--fiqs8s", "hufu.example", "example.org", "example.com"]);

  await page.locator("select[name=state]").selectOption("not_filed");
  await page.getByRole("button", { name: "显示" }).click();
  await expect(rows(page)).toHaveCount(1);
  await expect(page).toHaveURL(/state=not_filed.*sort=domain/);
  await page.getByRole("link", { name: "清除筛选" }).click();
  await expect(rows(page)).toHaveCount(4);
  await page.locator("main").getByRole("searchbox").fill("京ICP备11041704");
  await page.locator("main").getByRole("searchbox").press("Enter");
  await expect(rows(page)).toHaveCount(1);

  await rows(page).getByRole("link").click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("example.com");
  await page.locator("input[name=number]").fill("京ICP备1");
  await page.locator("#record button").click();
  await expect(page.getByRole("alert").filter({ hasText: "不是备案号" })).toBeVisible();
  await page.locator("input[name=number]").fill("粤b2-20090059");
  await page.locator("#record button").click();
  await expect(page.locator("#record dl")).toContainText("粤B2-20090059");
  await expect(page.locator("[data-history] tbody tr")).toHaveCount(2);
  await page.goto(`${demo.url}/icp/hufu.example`);
  expect(await page.locator("tr[data-heir]").count()).toBeGreaterThan(10);
});

test("of two people at one record the second is told, and keeps what was typed", async ({ page, browser, demo, complaints }) => {
  const other = await browser.newContext({ locale: "en", viewport: { width: 1440, height: 900 } });
  listen(other, complaints);
  const second = await other.newPage();
  for (const each of [page, second]) {
    await logIn(each, demo);
    await each.goto(`${demo.url}/icp/hufu.example`);
    await hydrated(each);
  }
  await page.locator("input[name=holder]").fill("公司甲");
  await page.locator("input[name=confirmed_on]").fill("2025-01-02");
  await page.locator("#record button").click();
  await expect(page.locator("#record dl")).toContainText("公司甲");
  await second.locator("input[name=holder]").fill("Company B");
  await second.locator("#record button").click();
  await expect(second.locator("#icp-clash [data-setting=holder]")).toContainText("公司甲");
  await expect(second.locator("#icp-clash [data-setting=holder]")).toContainText("Company B");
  await expect(second.locator("#icp-clash [data-setting=confirmed_on]")).toContainText("2025-01-02");
  await expect(second.locator("input[name=holder]")).toHaveValue("Company B");
  // Again, now that it is known.
  await second.locator("#record button").click();
  await expect(second.locator("#record dl")).toContainText("Company B");
  await expect(second.locator("#icp-clash")).toHaveCount(0);
  await other.close();
});

test("another page of the hosts leaves what is typed, and asks before it sets back what is chosen", async ({ page, demo }) => {
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  await logIn(page, demo);
  await page.goto(`${demo.url}/programs/1`);
  await hydrated(page);
  const hosts = Array.from({ length: 50 }, (_, number) => `https://n${number}.hufu.example`);
  await page.locator("#add select[name=api]").selectOption("business");
  await page.locator("#add textarea").fill(hosts.join("\n"));
  await page.locator("#add button.btn-primary").click();
  await saved(page);

  const questions: string[] = [];
  let leave = false;
  page.on("dialog", (dialog) => {
    questions.push(dialog.type());
    void (leave ? dialog.accept() : dialog.dismiss());
  });
  const holder = page.locator("input[name=holder]");
  const state = page.locator("select[name=state]");
  const on = (number: number) => expect(page.getByText(`Page ${number} of 2`)).toBeVisible();
  await page.goto(`${demo.url}/icp/hufu.example`);
  await hydrated(page);
  await holder.fill("half a name");
  await page.getByRole("link", { name: "Next" }).click();
  await on(2);
  await expect(holder).toHaveValue("half a name");
  expect(questions).toEqual([]);

  await expect(state).toHaveValue("filed");
  await state.selectOption("pending");
  await page.getByRole("link", { name: "First" }).click();
  await expect.poll(() => questions).toEqual(["confirm"]);
  await expect(page).toHaveURL(/page=2/);
  await expect(state).toHaveValue("pending");
  leave = true;
  await page.getByRole("link", { name: "First" }).click();
  await on(1);
  await expect(state).toHaveValue("filed");
  await expect(holder).toHaveValue("half a name");
  expect(questions).toEqual(["confirm", "confirm"]);
});

test("a paste says what it would replace, and of two people the second is told before anything is replaced", async ({ page, browser, demo, complaints }) => {
  const other = await browser.newContext({ locale: "en", viewport: { width: 1440, height: 900 } });
  listen(other, complaints);
  const second = await other.newPage();
  await logIn(page, demo);
  await page.goto(`${demo.url}/icp/hufu.example`);
  await hydrated(page);
  await logIn(second, demo);
  await second.goto(`${demo.url}/icp`);
  await hydrated(second);
  const standing = rows(second).locator("[data-standing]");
  const line = lines(second, "accepted");
  const save = second.getByRole("button", { name: "Save the filings" });
  await second.locator("#paste textarea").fill("hufu.example filed");
  await expect(line.locator("[data-confirms]")).toBeVisible();
  await second.locator("#paste textarea").fill("hufu.example not_filed");
  await expect(line.locator("[data-replaces] [data-field=state]")).toHaveText(/Filed → Not filed/);
  await expect(line.locator("[data-replaces] [data-field=holder]")).toHaveCount(0);

  await page.locator("input[name=holder]").fill("公司甲");
  await page.locator("#record button").click();
  await expect(page.locator("#record dl")).toContainText("公司甲");
  await save.click();
  await expect(second.locator("#paste-met")).toContainText("Nothing was saved");
  await expect(line.locator("[data-changed]")).toBeVisible();
  await expect(standing).toHaveAttribute("data-standing", "filed");
  // Again, now that it is known. What the line does not say stays.
  await save.click();
  await expect(second.getByText("Filings saved: 1.")).toBeVisible();
  await expect(standing).toHaveAttribute("data-standing", "not_filed");
  await expect(rows(second)).toContainText("公司甲");
  await expect(second.locator("#paste-met")).toHaveCount(0);
  await other.close();
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });
  test("a paste is judged, refused with nothing lost, and saved; a record is changed", async ({ page, demo }) => {
    await logIn(page, demo);
    await page.goto(`${demo.url}/icp`);
    const text = page.locator("#paste textarea");
    await text.fill("example.com 京ICP备11041704");
    await page.getByRole("button", { name: "只判断，不保存" }).click();
    await expect(lines(page, "accepted")).toContainText("京ICP备11041704号");
    await expect(text).toHaveValue("example.com 京ICP备11041704");
    await expect(rows(page)).toHaveCount(1);

    const typed = "example.com 京ICP备11041704\nexample.org 100% & <b>";
    await text.fill(typed);
    await page.getByRole("button", { name: "保存备案" }).click();
    await expect(text).toHaveValue(typed);
    await expect(lines(page, "refused")).toHaveCount(1);
    await expect(rows(page)).toHaveCount(1);

    await text.fill("example.com 京ICP备11041704\nexample.org not_filed");
    await page.getByRole("button", { name: "保存备案" }).click();
    await expect(page).toHaveURL(`${demo.url}/icp`);
    await expect(rows(page)).toHaveCount(3);
    await expect(text).toHaveValue("");

    await page.locator("select[name=state]").selectOption("not_filed");
    await page.getByRole("button", { name: "显示" }).click();
    await expect(rows(page)).toHaveCount(1);
    await rows(page).getByRole("link").click();
    // The list has such a field, too.
    await expect(page).toHaveURL(`${demo.url}/icp/example.org`);
    await page.locator("select[name=state]").selectOption("pending");
    await page.locator("input[name=holder]").fill("某某有限公司");
    await page.locator("input[name=confirmed_on]").fill("2020-01-01");
    await page.locator("#record button").click();
    await expect(page).toHaveURL(`${demo.url}/icp/example.org`);
    // Whatever was recorded so long ago is stale.
    await expect(page.locator("h1 [data-standing]")).toHaveAttribute("data-standing", "stale");
    await expect(page.locator("#record dl")).toContainText("某某有限公司");
    await page.locator("input[name=confirmed_on]").fill("2099-01-01");
    await page.locator("#record button").click();
    await expect(page.getByText("这一天还没有到。")).toBeVisible();

    await page.goto(`${demo.url}/icp`);
    await text.fill("hufu.example 备案中");
    await page.getByRole("button", { name: "保存备案" }).click();
    await expect(page.locator("#paste-met")).toContainText("没有保存");
    await expect(lines(page, "accepted").locator("[data-field=state]")).toContainText("已备案 → 备案中");
    await expect(text).toHaveValue("hufu.example 备案中");
    await page.getByRole("button", { name: "保存备案" }).click();
    await expect(page).toHaveURL(`${demo.url}/icp`);
    await expect(page.locator("tr[data-domain='hufu.example'] [data-standing]")).toHaveAttribute("data-standing", "pending");
  });
});
