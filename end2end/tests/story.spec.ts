// From the set-up link to the incomplete chain and its fix, as a team does it on its first day.

import { expect, hydrated, test } from "./support";

test("a team registers a mini program and learns why it will fail on phones", async ({ page, empty }) => {
  await test.step("the set-up link makes the first account", async () => {
    await page.goto(empty.setUpLink);
    await hydrated(page);
    await page.locator("input[name=login]").fill("chen");
    await page.locator("input[name=password]").fill("correct horse battery");
    await page.locator("input[name=password_again]").fill("correct horse battery");
    await page.locator("form.gate-form button").click();
    await expect(page).toHaveURL(`${empty.url}/`);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("总览");
  });

  await test.step("the first mini program, when refused, stays on Overview beside its field", async () => {
    const form = page.locator("#register form");
    await form.locator("input[name=app_id]").fill("wx123");
    await form.locator("input[name=name]").fill("小店");
    await form.getByRole("button").click();
    await expect(form.locator(".field-error").filter({ hasText: "16 位十六进制" })).toBeVisible();
    await hydrated(page);
    // What the server had to be told stays in no address.
    await expect(page).toHaveURL(`${empty.url}/`);
    await expect(form.locator("input[name=app_id]")).toHaveValue("wx123");
    await expect(form.locator("input[name=name]")).toHaveValue("小店");
  });

  await test.step("a wrong AppID is named beside the field, a right one is registered", async () => {
    await page.getByRole("navigation").getByRole("link", { name: "小程序" }).click();
    // The overview of nobody has such a form too.
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("小程序");
    const form = page.locator("form[action*='programs/add']");
    await form.locator("input[name=app_id]").fill("wx123");
    await form.locator("input[name=name]").fill("小店");
    await expect(form.getByRole("alert").filter({ hasText: "16 位十六进制" })).toBeVisible();
    await form.locator("input[name=app_id]").fill("wx0123456789abcdef");
    await form.getByRole("button").click();
    await expect(page.getByRole("heading", { level: 1 })).toContainText("小店");
  });

  const at = (name: string) => `${empty.target(name).host}:${empty.target(name).port}`;
  await test.step("twelve lines are judged while typing; four are wrong", async () => {
    const lines = [
      `https://${at("good-ecdsa")}`,
      `https://${at("good-rsa")}`,
      `https://${at("missing-intermediate")}`,
      `https://${at("expired")}`,
      `https://${at("wrong-name")}`,
      `https://${at("unknown-root")}`,
      `https://${at("expires-soon")}`,
      `https://${at("refuses")}`,
      `${at("self-signed")}`, // no scheme
      `http://${at("weak-key")}`, // wrong scheme
      `https://${at("wrong-order")}/v1/orders`, // a path
      "https://192.168.0.1", // an address
    ];
    const form = page.locator("#add form");
    await form.locator("textarea").fill(lines.join("\n"));
    await expect(form.locator("[data-line]")).toHaveCount(12);
    await expect(form.locator("[data-line=refused]")).toHaveCount(4);
    await expect(form.getByRole("button", { name: "保存条目" })).toBeDisabled();
  });

  await test.step("the suggestions mend three, the fourth is dropped, and all are saved", async () => {
    const form = page.locator("#add form");
    await form.getByRole("button", { name: "采用全部建议" }).click();
    await expect(form.locator("[data-line=refused]")).toHaveCount(1);
    await form.getByRole("button", { name: "去掉此行" }).click();
    await expect(form.locator("[data-line=refused]")).toHaveCount(0);
    await form.getByRole("button", { name: "保存条目" }).click();
    await expect(page.locator("#request [data-entry]")).toHaveCount(11);
    await expect(page.locator("[data-meter=request]")).toContainText("11 / 20");
    await expect(form.locator("textarea")).toHaveValue("");
  });

  await test.step("one probe of all of them says which will fail", async () => {
    await page.getByRole("button", { name: "立即探测" }).click();
    await expect(page.getByText("完成：已探测 11 / 11。")).toBeVisible({ timeout: 60_000 });
    const verdict = (name: string) => page.locator(`[data-entry='https://${at(name)}'] .badge[data-verdict]`);
    for (const [name, expected] of Object.entries({
      "good-ecdsa": "warn", // its ICP filing is not known yet
      "missing-intermediate": "fail",
      expired: "fail",
      "wrong-name": "fail",
      "unknown-root": "fail",
      "self-signed": "fail",
      "weak-key": "fail",
      refuses: "unreachable",
    })) {
      await expect(verdict(name), name).toHaveAttribute("data-verdict", expected);
    }
  });

  await test.step("with the filing recorded, the good server is good", async () => {
    const filing = page.locator("#icp [data-domain]").first();
    await filing.locator("summary").click();
    await filing.locator("select[name=state]").selectOption("filed");
    await filing.locator("input[name=number]").fill("京ICP备1");
    await filing.getByRole("button", { name: "保存" }).click();
    await expect(filing.getByRole("alert").filter({ hasText: "不是备案号" })).toBeVisible();
    await filing.locator("input[name=number]").fill("京ICP备11041704号-13");
    await filing.getByRole("button", { name: "保存" }).click();
    const good = page.locator(`[data-entry='https://${at("good-ecdsa")}'] .badge[data-verdict]`);
    await expect(good).toHaveAttribute("data-verdict", "pass");
  });

  await test.step("the incomplete chain is drawn as such, with its fix", async () => {
    await page.locator(`[data-entry='https://${at("missing-intermediate")}'] a[data-code='chain.incomplete']`).click();
    await expect(page).toHaveURL(/\/endpoints\/\d+#chain\.incomplete$/);
    const finding = page.locator("article[data-code='chain.incomplete']");
    await expect(finding).toContainText("ssl_certificate");
    await expect(page.locator("[data-card=fetched]")).toBeVisible();
  });

  await test.step("the URL check names the port rule", async () => {
    await page.getByRole("link", { name: "检查", exact: true }).click();
    const { host, port } = empty.target("good-ecdsa");
    await page.locator("textarea[name=url]").fill(`https://${host}/v1\nhttps://${host}:${port}/v1`);
    await page.locator("form[action*='check'] button").click();
    const answers = page.locator("article");
    await expect(answers).toHaveCount(2);
    await expect(answers.nth(0).locator(".badge-error")).toBeVisible();
    await expect(answers.nth(1).locator(".badge-success")).toBeVisible();

    // The way out is one click away: the entry stands in the form, judged.
    await answers.nth(0).getByRole("link").click();
    await expect(page.locator("#add textarea")).toHaveValue(`https://${host}`);
    await expect(page.locator("#add [data-line=accepted]")).toHaveCount(1);
    await page.goBack();
    await expect(answers).toHaveCount(2);
  });

  await test.step("where the list is full, the URL check offers no entry to add and says why", async () => {
    await page.getByRole("navigation").getByRole("link", { name: "小程序" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("小程序");
    await page.getByRole("link", { name: "小店" }).click();
    const more = Array.from({ length: 9 }, (_, number) => `https://n${number}.hufu.example`);
    await page.locator("#add form textarea").fill(more.join("\n"));
    await page.locator("#add form").getByRole("button", { name: "保存条目" }).click();
    await expect(page.locator("[data-meter=request]")).toContainText("20 / 20");
    await page.goto(`${empty.url}/check/url?api=request&url=${encodeURIComponent("https://new.hufu.example/v1")}`);
    const answer = page.locator("article");
    await expect(answer).toContainText("https://new.hufu.example");
    await expect(answer).toContainText("列表已满，最多 20 条");
    await expect(answer.getByRole("link")).toHaveCount(0);
    await page.screenshot({ path: "artefacts/check-url-full.png", fullPage: true });
  });

  await test.step("language and theme are switched and remembered", async () => {
    await page.getByRole("button", { name: "English" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Check");
    await expect(page.locator("html")).toHaveAttribute("lang", "en");
    await expect(page.getByRole("button", { name: "English" })).toHaveAttribute("aria-pressed", "true");
    await expect(page.getByRole("button", { name: "中文" })).toHaveAttribute("aria-pressed", "false");
    await page.getByRole("button", { name: "Dark" }).click();
    await expect(page.locator("html")).toHaveAttribute("data-theme", "hufu-dark");
    await page.goto(`${empty.url}/`);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Overview");
    await expect(page.locator("html")).toHaveAttribute("data-theme", "hufu-dark");
  });

  await test.step("after the log-out nothing is shown any more", async () => {
    await hydrated(page);
    await page.getByRole("button", { name: "Log out" }).click();
    await expect(page).toHaveURL(`${empty.url}/log-in`);
    await page.goto(`${empty.url}/programs`);
    await expect(page).toHaveURL(`${empty.url}/log-in?return=%2Fprograms`);
  });
});
