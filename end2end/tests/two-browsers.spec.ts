// Two people at the same mini program at the same time.

import { expect, firstProbes, hydrated, listen, logIn, test } from "./support";

test("two people do not overwrite each other, and both see a probe that one has started", async ({ page, browser, demo, complaints }) => {
  const other = await browser.newContext({ locale: "en", viewport: { width: 1440, height: 900 } });
  listen(other, complaints);
  const second = await other.newPage();
  for (const each of [page, second]) {
    await logIn(each, demo);
    // A page reads itself anew while a server of its has shown nothing yet, and then it knows what the other has saved.
    await firstProbes(each, demo, "good");
    await each.goto(`${demo.url}/`);
    await each.locator("a", { hasText: "小店 · Shop" }).first().click();
    await expect(each.locator("#request [data-entry]")).toHaveCount(2);
    await hydrated(each);
  }

  const settings = second.locator("#settings");
  const save = (each: typeof page) => each.locator("#settings form[action*='change'] button").click();

  await test.step("the settings that were read earlier are refused, what changed is told, and nothing is lost", async () => {
    await page.locator("#settings input[name=name]").fill("小店 A");
    await page.locator("#settings input[name=per_list]").fill("40");
    await save(page);
    await expect(page.getByRole("heading", { level: 1 })).toContainText("小店 A");
    await settings.locator("input[name=name]").fill("Shop B");
    await settings.locator("input[name=tags]").fill("core");
    await save(second);
    await expect(settings.getByText("Somebody else has just changed the settings.")).toBeVisible();
    await expect(settings.locator("[data-setting=name]")).toContainText("小店 A");
    await expect(settings.locator("[data-setting=name]")).toContainText("Shop B");
    await expect(settings.locator("[data-setting=per_list]")).toContainText("40");
    await expect(settings.locator("[data-setting]")).toHaveCount(2);
    // What was typed stays, what was not touched follows.
    await expect(settings.locator("input[name=name]")).toHaveValue("Shop B");
    await expect(settings.locator("input[name=tags]")).toHaveValue("core");
    await expect(settings.locator("input[name=per_list]")).toHaveValue("40");
    await expect(second.getByRole("heading", { level: 1 })).toContainText("小店 A");
    await save(second);
    await expect(second.getByRole("heading", { level: 1 })).toContainText("Shop B");
    await expect(second.locator("#clashes")).toHaveCount(0);
    await expect(second.locator("[data-meter=request]").first()).toContainText("/ 40");
  });

  await test.step("an entry that both add is in the list once, and what else was typed stays", async () => {
    await page.locator("#add textarea").fill("https://api.example.com");
    await second.locator("#add textarea").fill("https://api.example.com\nhttps://more.example.com");
    await page.locator("#add button.btn-primary").click();
    await expect(page.locator("#request [data-entry]")).toHaveCount(3);
    await second.locator("#add button.btn-primary").click();
    await expect(second.locator("#add [role=alert]")).toContainText("1");
    await expect(second.locator("#request [data-entry]")).toHaveCount(3);
    await expect(second.locator("#add [data-line=refused]")).toHaveCount(1);
    await expect(second.locator("#add [data-line=refused]")).toContainText("https://api.example.com");
    await second.locator("#add [data-line=refused]").getByRole("button", { name: "Drop the line" }).click();
    await second.locator("#add button.btn-primary").click();
    await expect(second.locator("#request [data-entry]")).toHaveCount(4);
  });

  const row = (each: typeof page, entry: string) => each.locator(`[data-entry='${entry}']`);
  /** Keeps from the second what the page reads anew by itself when a server has shown something, until it is told to go on. */
  const unaware = async (): Promise<() => void> => {
    let goOn = () => {};
    const held = new Promise<void>((resolve) => (goOn = resolve));
    await second.unroute("**/api/programs/page*");
    await second.route("**/api/programs/page*", async (route) => {
      await held;
      await route.continue();
    });
    return goOn;
  };
  await test.step("an entry that somebody else has changed is not overwritten unseen", async () => {
    const [was, now, mine] = ["https://api.example.com", "https://api-a.example.com", "https://api-b.example.com"];
    for (const each of [page, second]) await row(each, was).locator("summary").click();
    // An edit of another row is under way, too.
    await row(second, "https://more.example.com").locator("summary").click();
    await row(second, "https://more.example.com").locator("input[name=typed]").fill("https://half.exam");
    const goOn = await unaware();
    await row(page, was).locator("input[name=typed]").fill(now);
    await row(page, was).locator("form[action*='change-entry'] button").click();
    await expect(row(page, now)).toBeVisible();
    await row(second, was).locator("input[name=typed]").fill(mine);
    await row(second, was).locator("form[action*='change-entry'] button").click();
    goOn();
    await expect(second.locator("#clash")).toContainText(`has just changed ${was} to ${now}`);
    await expect(row(second, now)).toBeVisible();
    await expect(row(second, now).locator("input[name=typed]")).toHaveValue(mine);
    await expect(row(second, "https://more.example.com").locator("input[name=typed]")).toHaveValue("https://half.exam");
    await second.locator("#clash button").click();
    await expect(row(second, mine)).toBeVisible();
    await expect(second.locator("#clash")).toHaveCount(0);
    await expect(second.locator("#request [data-entry]")).toHaveCount(4);
  });

  await test.step("an entry that is gone is told as gone, and what was typed over it can be added", async () => {
    await page.reload();
    await hydrated(page);
    const [was, mine] = ["https://api-b.example.com", "https://api-c.example.com"];
    const goOn = await unaware();
    await row(page, was).locator("summary").click();
    await row(page, was).locator("form[action*='remove-entry'] button").click();
    await expect(page.locator("#request [data-entry]")).toHaveCount(3);
    await row(second, was).locator("input[name=typed]").fill(mine);
    await row(second, was).locator("form[action*='change-entry'] button").click();
    goOn();
    await expect(second.locator("#clash")).toContainText(`has just removed ${was}`);
    await second.locator("#clash button").click();
    await expect(row(second, mine)).toBeVisible();
    await expect(second.locator("#clash")).toHaveCount(0);
  });

  await test.step("an entry is not removed in another form than it was read, nor twice", async () => {
    await page.reload();
    await hydrated(page);
    const [was, now] = ["https://api-c.example.com", "https://api-d.example.com"];
    const goOn = await unaware();
    await row(page, was).locator("summary").click();
    await row(page, was).locator("input[name=typed]").fill(now);
    await row(page, was).locator("form[action*='change-entry'] button").click();
    await expect(row(page, now)).toBeVisible();
    await row(second, was).locator("summary").click();
    await row(second, was).locator("form[action*='remove-entry'] button").click();
    goOn();
    await expect(second.locator("#clash")).toContainText(`to ${now}`);
    await expect(row(second, now)).toBeVisible();
    // The form follows the row: by now it is known what is removed.
    await row(page, now).locator("form[action*='remove-entry'] button").click();
    await expect(row(page, now)).toHaveCount(0);
    await second.locator("#clash button").click();
    await expect(second.locator("#clash")).toContainText(`has just removed ${now}`);
    await expect(row(second, now)).toHaveCount(0);
  });

  await test.step("both follow the same probe to its end", async () => {
    await second.reload();
    await hydrated(second);
    await Promise.all([
      page.getByRole("button", { name: "立即探测" }).click(),
      second.getByRole("button", { name: "Probe now" }).click(),
    ]);
    await expect(page.getByText(/完成：已探测 (\d+) \/ \1。/)).toBeVisible({ timeout: 60_000 });
    await expect(second.getByText(/Done: (\d+) of \1 probed\./)).toBeVisible({ timeout: 60_000 });
  });
  await other.close();
});
