// Log-in, lists and forms work before the wasm arrives, and where it never does.

import { expect, logIn, test } from "./support";

test.use({ javaScriptEnabled: false });

test("forms and log-in work without JavaScript", async ({ page, empty }) => {
  await page.goto(empty.setUpLink);
  await page.locator("input[name=login]").fill("chen");
  await page.locator("input[name=password]").fill("correct horse battery");
  await page.locator("input[name=password_again]").fill("different");
  await page.locator("form.gate-form button").click();
  await expect(page.getByText("两次输入不一致")).toBeVisible();

  // A second mistake replaces the first one in the URL.
  const refused = page.url().length;
  await expect(page.locator("input[name=login]")).toHaveValue("chen");
  await page.locator("input[name=password]").fill("correct horse battery");
  await page.locator("input[name=password_again]").fill("different");
  await page.locator("form.gate-form button").click();
  // That the page has come anew: what it says stood there before.
  await expect(page.locator("input[name=password]")).toHaveValue("");
  await expect(page.getByText("两次输入不一致")).toBeVisible();
  expect(page.url().length).toBe(refused);
  await page.locator("input[name=login]").fill("chen");
  await page.locator("input[name=password]").fill("correct horse battery");
  await page.locator("input[name=password_again]").fill("correct horse battery");
  await page.locator("form.gate-form button").click();
  await expect(page).toHaveURL(`${empty.url}/`);

  await page.getByRole("button", { name: "退出登录" }).click();
  await expect(page).toHaveURL(`${empty.url}/log-in`);
  await page.goto(empty.setUpLink);
  await expect(page.locator("input[name=login]")).toHaveCount(0);
  await page.getByRole("link", { name: "登录" }).click();
  await expect(page).toHaveURL(`${empty.url}/log-in`);
  await page.locator("input[name=login]").fill("chen");
  await page.locator("input[name=password]").fill("wrong");
  await page.locator("form.gate-form button").click();
  await expect(page.getByText("用户名或密码不正确")).toBeVisible();
  await expect(page.locator("input[name=login]")).toHaveValue("chen");
  await page.locator("input[name=password]").fill("correct horse battery");
  await page.locator("form.gate-form button").click();
  await expect(page).toHaveURL(`${empty.url}/`);

  await test.step("the first mini program, when refused, stays on Overview", async () => {
    await page.locator("input[name=app_id]").fill("nonsense");
    await page.locator("input[name=name]").fill("小店");
    await page.locator("#register button").click();
    await expect(page).toHaveURL((url) => url.pathname === "/");
    await expect(page.locator("#register .field-error").getByText("AppID 由“wx”加 16 位十六进制字符组成。")).toBeVisible();
    await expect(page.locator("input[name=app_id]")).toHaveValue("nonsense");
    await expect(page.locator("input[name=name]")).toHaveValue("小店");
  });

  await test.step("register", async () => {
    await page.goto(`${empty.url}/programs`);
    await page.locator("input[name=app_id]").fill("nonsense");
    await page.locator("input[name=name]").fill("小店");
    await page.locator("form[action*='programs/add'] button").click();
    await expect(page.locator("#register .field-error").getByText("AppID 由“wx”加 16 位十六进制字符组成。")).toBeVisible();
    await expect(page.locator("input[name=app_id]")).toHaveValue("nonsense");
    await expect(page.locator("input[name=name]")).toHaveValue("小店");
    await page.locator("input[name=app_id]").fill("wx0123456789abcdef");
    await page.locator("form[action*='programs/add'] button").click();
    await expect(page.getByRole("heading", { level: 1 })).toContainText("小店");
  });

  const { host, port } = empty.target("missing-intermediate");
  await test.step("a refused paste comes back judged, with nothing lost", async () => {
    const typed = `https://${host}:${port}\nhttp://b.example.com`;
    await page.locator("textarea[name=lines]").fill(typed);
    await page.getByRole("button", { name: "保存条目" }).click();
    await expect(page.locator("textarea[name=lines]")).toHaveValue(typed);
    await expect(page.locator("#add [data-not-saved]")).toContainText("没有保存任何内容");
    await expect(page.locator("[data-line=refused]")).toHaveCount(1);
    await expect(page.locator("[data-line=refused]")).toContainText("https://b.example.com");
    await expect(page.locator("[data-entry]")).toHaveCount(0);
  });

  await test.step("one too long for a URL comes back as well", async () => {
    const typed = Array.from({ length: 300 }, (_, line) => `http://host${line}.example.com`).join("\n");
    await page.goto(page.url().replace(/[?#].*/, ""));
    await page.locator("textarea[name=lines]").fill(typed);
    await page.getByRole("button", { name: "保存条目" }).click();
    await expect(page).toHaveURL(/draft=\d+&refused=add#add$/);
    await expect(page.locator("textarea[name=lines]")).toHaveValue(typed);
    await expect(page.locator("[data-line=refused]")).toHaveCount(300);
    await page.getByRole("button", { name: "只判断，不保存" }).click();
    await expect(page).toHaveURL(/[?&]draft=\d+#add$/);
    await expect(page.locator("textarea[name=lines]")).toHaveValue(typed);
    await expect(page.locator("[data-line=refused]")).toHaveCount(300);
  });

  await test.step("one without an entry says so, and what needs a script is not offered", async () => {
    for (const button of ["保存条目", "只判断，不保存"]) {
      await page.goto(page.url().replace(/[?#].*/, ""));
      await page.locator("textarea[name=lines]").fill("# 只是注释\n\n");
      await page.getByRole("button", { name: button }).click();
      await expect(page.locator("#add [data-nothing]")).toContainText("其中没有条目");
      await expect(page.locator("textarea[name=lines]")).toHaveValue(/只是注释/);
    }
    await page.locator("textarea[name=lines]").fill("http://a.example.com\nhttps://*.example.com");
    await page.getByRole("button", { name: "只判断，不保存" }).click();
    await expect(page.locator("#add [data-line=refused]")).toHaveCount(2);
    // Nothing was to be saved.
    await expect(page.locator("#add [data-not-saved]")).toHaveCount(0);
    for (const button of ["采用", "去掉此行", "采用全部建议", "去掉所有不接受的行"]) {
      await expect(page.locator("#add").getByRole("button", { name: button, exact: true })).toHaveCount(0);
    }
    await page.goto(`${page.url().replace(/[?#].*/, "")}?kept=999999`);
    await expect(page.locator("#gone")).toContainText("最多保留一小时");
    await page.goto(page.url().replace(/[?#].*/, ""));
    await expect(page.locator("#gone")).toHaveCount(0);
  });

  await test.step("judge without saving, go to the list that a scheme belongs to, then save", async () => {
    await page.locator("textarea[name=lines]").fill(`wss://${host}:${port}`);
    await page.getByRole("button", { name: "只判断，不保存" }).click();
    await page.locator("[data-elsewhere=socket]").getByRole("link").click();
    await expect(page.locator("[data-line=accepted]")).toHaveCount(1);
    await expect(page.locator("select[name=api]")).toHaveValue("socket");
    await page.getByRole("button", { name: "保存条目" }).click();
    await expect(page.locator("#socket [data-entry]")).toHaveCount(1);
    await expect(page.locator("textarea[name=lines]")).toHaveValue("");
  });

  await test.step("probe, and read the finding", async () => {
    await page.getByRole("button", { name: "立即探测" }).click();
    await expect(page.locator("meta[http-equiv=refresh]")).toHaveCount(0);
    await expect(async () => {
      const look = page.getByRole("link", { name: "查看进度" });
      if ((await look.count()) > 0) await look.click();
      await expect(page.getByText("完成：已探测 1 / 1。")).toBeVisible({ timeout: 500 });
    }).toPass({ timeout: 60_000 });
    await page.locator("a[data-code='chain.incomplete']").click();
    await expect(page.locator("article[data-code='chain.incomplete']")).toBeVisible();
  });

  await test.step("record the filing, change the settings, remove", async () => {
    await page.goBack();
    await page.locator("#icp summary").click();
    await page.locator("#icp select[name=state]").selectOption("filed");
    await page.locator("#icp input[name=holder]").fill("某某有限公司");
    await page.locator("#icp input[name=number]").fill("京ICP备1");
    await page.locator("#icp button").click();
    await expect(page.locator("#icp .field-error", { hasText: "这不是备案号" })).toBeVisible();
    await expect(page.locator("#icp input[name=holder]")).toHaveValue("某某有限公司");
    await page.locator("#icp input[name=number]").fill("京ICP备11041704号");
    await page.locator("#icp button").click();
    await expect(page.locator("#icp [data-domain]")).toContainText("京ICP备11041704号");

    await page.locator("#settings input[name=per_list]").fill("500");
    await page.locator("#settings form[action*='change'] button").click();
    await expect(page.getByText("应在 20 到 200 之间。")).toBeVisible();
    await page.locator("#settings input[name=per_list]").fill("60");
    await page.locator("#settings input[name=skip_check]").check();
    await page.locator("#settings form[action*='change'] button").click();
    await expect(page.locator("#settings [role=status]")).toHaveText("已保存。");
    await expect(page.locator("[data-meter=socket]")).toContainText("1 / 60");
    await expect(page.locator("article[data-code='rule.check_skipped']")).toBeVisible();

    const entry = page.locator("[data-entry]");
    const unfold = () => entry.getByRole("link", { name: "修改或移除" }).click();
    // The server unfolds the form, and what would unfold it here is not shown.
    await expect(entry.locator("summary")).toBeHidden();
    await unfold();
    await expect(page).toHaveURL(/\?change=(\d+)#entry-\1$/);
    await expect(entry.getByRole("link", { name: "修改或移除" })).toHaveCount(0);
    await entry.locator("select").selectOption("socket");
    await entry.locator("form[action*='change-entry'] button").click();
    // Open before; nothing else of the page is new.
    await expect(entry.locator("details[open]")).toHaveCount(0);
    await expect(page.locator("#socket [data-entry^='wss://']")).toHaveCount(1);
    await unfold();
    await entry.locator("input[name=typed]").fill("http://a.example.com");
    await entry.locator("form[action*='change-entry'] button").click();
    await expect(entry.locator("[data-judged=refused]")).toContainText("wss://a.example.com");
    await expect(entry.locator("input[name=typed]")).toHaveValue("http://a.example.com");
    await entry.getByRole("link", { name: "采用" }).click();
    await expect(entry.locator("input[name=typed]")).toHaveValue("wss://a.example.com");
    await expect(entry.locator("[data-judged]")).toHaveCount(0);

    for (const left of [0, 1, 0]) {
      if (left === 1) await page.getByRole("button", { name: "撤销" }).click();
      else {
        // Open still where a change was refused.
        if ((await entry.locator("details[open]").count()) === 0) await unfold();
        await entry.locator("form[action*='remove-entry'] button").click();
      }
      await expect(entry).toHaveCount(left);
      await expect(page.locator("#undo")).toHaveCount(left === 1 ? 0 : 1);
    }

    await page.locator("#settings details summary").click();
    await page.locator("#settings form[action*='remove'] button").click();
    await expect(page).toHaveURL(`${empty.url}/programs`);
    await expect(page.locator("[data-program]")).toHaveCount(0);
    await expect(page.locator("#undo")).toContainText("已移除 小店");
    await page.locator("#undo button").click();
    await expect(page.getByRole("heading", { level: 1 })).toContainText("小店");
    await expect(page.locator("[data-meter=socket]")).toContainText("0 / 60");
    await page.goto(`${empty.url}/programs`);
    await expect(page.locator("[data-program]")).toHaveCount(1);
    await expect(page.locator("#undo")).toHaveCount(0);
  });
});

test("every page that brings a refused form back says when it is gone", async ({ page, demo }) => {
  await logIn(page, demo);
  for (const path of [
    "/programs",
    "/programs/1",
    "/endpoints",
    "/endpoints/1",
    "/icp/hufu.example",
    "/check/file",
    "/settings/probing",
    "/settings/mail",
    "/settings/people",
  ]) {
    await page.goto(`${demo.url}${path}?kept=999999`);
    await expect(page.locator("#gone"), path).toContainText("最多保留一小时");
  }
});

test("what was sent after the session had ended is sent again from the page that says so", async ({ browser, demo }) => {
  const context = await browser.newContext({ javaScriptEnabled: false, locale: "zh-CN" });
  const page = await context.newPage();
  await logIn(page, demo);
  await page.goto(`${demo.url}/programs/import`);
  const typed = Array.from({ length: 500 }, (_, line) => `https://host${line}.example.com`).join("\n");
  await page.locator("textarea[name=text]").fill(typed);
  await context.clearCookies({ name: "__Host-hufu_session" });
  await page.locator("#text button").click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("登录已失效");
  await expect(page.locator("main")).toContainText("没有保存任何内容");
  const link = page.getByRole("link", { name: "在新标签页登录" });
  const [beside] = await Promise.all([context.waitForEvent("page"), link.click()]);
  await logIn(beside, demo);
  await beside.close();
  await page.reload();
  await expect(page).toHaveURL(/\/programs\/import\?draft=\d+/);
  await expect(page.locator("textarea[name=text]")).toHaveValue(typed);
  await context.close();
});
