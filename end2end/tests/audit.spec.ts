// The audit log: filter it, open what changed, take it along; with JavaScript and without.

import type { Page } from "@playwright/test";
import { readFile } from "node:fs/promises";
import { inflateRawSync } from "node:zlib";
import { expect, hydrated, logIn, test } from "./support";

const rows = (page: Page) => page.locator("tr[data-action]");

/** Clicks the link and reads what the browser saves. */
async function download(page: Page, name: string): Promise<{ file: string; bytes: Buffer }> {
  const saving = page.waitForEvent("download");
  await page.getByRole("link", { name, exact: true }).click();
  const saved = await saving;
  return { file: saved.suggestedFilename(), bytes: await readFile(await saved.path()) };
}

/** The text of one member of a zip file. */
function unzipped(zip: Buffer, name: string): string {
  // The central directory says where each member begins (APPNOTE.TXT, 4.3.12 and 4.3.7).
  for (let at = zip.indexOf("PK\x01\x02"); at >= 0; at = zip.indexOf("PK\x01\x02", at + 1)) {
    const length = zip.readUInt16LE(at + 28);
    if (zip.toString("utf8", at + 46, at + 46 + length) !== name) continue;
    const [size, local] = [zip.readUInt32LE(at + 20), zip.readUInt32LE(at + 42)];
    const data = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const packed = zip.subarray(data, data + size);
    return (zip.readUInt16LE(at + 10) === 0 ? packed : inflateRawSync(packed)).toString("utf8");
  }
  throw new Error(`no ${name} in the file`);
}

/** Gives a mini program of the demo another name and limit. */
async function rename(page: Page): Promise<void> {
  await page.locator("a", { hasText: "小店 · Shop" }).first().click();
  await page.locator("#settings input[name=name]").fill("=小店, \"A\"");
  await page.locator("#settings input[name=per_list]").fill("40");
  await page.locator("#settings form[action*='change'] button").click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("=小店");
}

test("what changed is found, opened and taken along", async ({ page, demo }) => {
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  await logIn(page, demo);
  await rename(page);
  await page.getByRole("link", { name: "Audit" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Audit");
  await hydrated(page);

  await test.step("the newest line is the change, and it tells before and after", async () => {
    const change = rows(page).first();
    await expect(change).toHaveAttribute("data-action", "program.change");
    await expect(change).toContainText("demo");
    await expect(change.locator("details table")).toBeHidden();
    await change.locator("summary").click();
    await expect(change.locator("[data-field=name] td").first()).toHaveText("小店 · Shop");
    await expect(change.locator("[data-field=name] td").last()).toHaveText("=小店, \"A\"");
    await expect(change.locator("[data-field=per_list] td")).toHaveText(["20", "40"]);
    await expect(change.locator("[data-field]")).toHaveCount(2);
    await expect(change.locator("details")).toContainText("7 unchanged");
    await expect(rows(page).and(page.locator("[data-action='probe.store']"))).toHaveCount(0);
  });

  await test.step("filters stay in the URL and go with the browser's history", async () => {
    await page.getByLabel("Action").selectOption("entry.add");
    await page.getByLabel("Who").selectOption("@demo");
    await page.getByLabel("Object").fill("=小店");
    await page.getByRole("button", { name: "Show" }).click();
    await expect(page).toHaveURL(/by=%40demo&action=entry.add/);
    await expect(rows(page).first()).toHaveAttribute("data-action", "entry.add");
    await expect(rows(page)).toHaveCount(Number(await page.locator("[data-total]").getAttribute("data-total")));
    for (const row of await rows(page).all()) await expect(row).toContainText("=小店");

    await page.getByLabel("Until").fill("2001-01-01");
    await page.getByRole("button", { name: "Show" }).click();
    await expect(page.getByText("No line matches.")).toBeVisible();
    await page.goBack();
    await expect(page.getByLabel("Until")).toHaveValue("");
    await expect(rows(page).first()).toHaveAttribute("data-action", "entry.add");
    await page.getByRole("link", { name: "Clear the filters" }).click();
    await expect(rows(page).first()).toHaveAttribute("data-action", "program.change");
  });

  await test.step("each format is saved and holds what is shown", async () => {
    await page.getByLabel("Action").selectOption("program.change");
    await page.getByRole("button", { name: "Show" }).click();
    await expect(rows(page)).toHaveCount(1);
    const date = /^hufu-audit-\d{4}-\d{2}-\d{2}/;
    const csv = await download(page, "CSV");
    expect(csv.file).toMatch(new RegExp(`${date.source}\\.csv$`));
    expect([...csv.bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
    const lines = csv.bytes.toString("utf8").slice(1).trimEnd().split("\r\n");
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^Number,Time \(UTC\),Who,/);
    expect(lines[1]).toContain(`"'=小店, ""A"""`);

    const json = await download(page, "JSON Lines");
    expect(json.file).toMatch(new RegExp(`${date.source}\\.jsonl$`));
    const [line] = json.bytes.toString("utf8").trimEnd().split("\n").map((line) => JSON.parse(line));
    expect(line).toMatchObject({ actor: "demo", action: "program.change", after: { name: "=小店, \"A\"", per_list: 40 } });

    const xlsx = await download(page, "Excel");
    expect(xlsx.file).toMatch(new RegExp(`${date.source}\\.xlsx$`));
    const sheet = unzipped(xlsx.bytes, "xl/worksheets/sheet1.xml");
    expect(sheet).toContain("=小店, \"A\"</t>");
    expect(sheet).not.toContain("<f>");
    expect(sheet).toMatch(/<pane [^>]*ySplit="1"/);
    expect(sheet).toContain('<autoFilter ref="A1:I2"/>');
  });

  await test.step("the exports are in the log themselves", async () => {
    await page.getByRole("link", { name: "Clear the filters" }).click();
    await expect(rows(page).first()).toHaveAttribute("data-action", "export.read");
    await rows(page).first().getByRole("link", { name: "Audit" }).click();
    await expect(page).toHaveURL(/\/audit\?action=program.change$/);
    await expect(rows(page)).toHaveCount(1);
  });
});

test("the lists of endpoints and mini programs are taken along as they are shown", async ({ page, demo }) => {
  await logIn(page, demo);
  await page.goto(`${demo.url}/endpoints?q=good&sort=target`);
  await hydrated(page);
  const shown = await page.locator("tr[data-endpoint]").evaluateAll((all) => all.map((row) => row.getAttribute("data-endpoint")));
  expect(shown.length).toBeGreaterThan(1);
  const endpoints = await download(page, "JSON Lines");
  expect(endpoints.file).toMatch(/^hufu-endpoints-/);
  const told = endpoints.bytes.toString("utf8").trimEnd().split("\n").map((line) => JSON.parse(line).endpoint);
  expect(told).toEqual(shown);

  await page.goto(`${demo.url}/programs`);
  const domains = await download(page, "CSV");
  expect(domains.file).toMatch(/^hufu-domains-/);
  expect(domains.bytes.toString("utf8")).toContain("小程序,AppID,列表,条目,主域名,备案情况,备案号");
  expect(domains.bytes.toString("utf8")).toContain("request 合法域名,https://good-ecdsa.");
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });
  test("the log is filtered, opened and taken along", async ({ page, demo }) => {
    await logIn(page, demo);
    await rename(page);
    await page.goto(`${demo.url}/audit`);
    await page.getByLabel("操作").selectOption("program.change");
    await page.getByRole("button", { name: "显示" }).click();
    await expect(page.getByLabel("操作")).toHaveValue("program.change");
    await expect(rows(page)).toHaveCount(1);
    await rows(page).locator("summary").click();
    await expect(rows(page).locator("[data-field=name] td").last()).toHaveText("=小店, \"A\"");
    const { bytes } = await download(page, "CSV");
    expect(bytes.toString("utf8").trimEnd().split("\r\n")).toHaveLength(2);
  });
});
