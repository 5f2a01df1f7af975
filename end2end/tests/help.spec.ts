// What each finding is and how to fix it, from a finding and from the list of all, with and without JavaScript.

import type { Page } from "@playwright/test";
import { expect, type Hufu, hydrated, logIn, test } from "./support";

/** Waits until what is typed and clicked is the page's own. */
type Ready = (page: Page) => Promise<void>;
const atOnce: Ready = async () => {};

const code = (page: Page, code: string) => page.locator(`li[data-code='${code}']`);

/** The page of the server of the lab that serves no intermediate, once it has been probed. */
async function incomplete(page: Page, hufu: Hufu): Promise<{ host: string; port: string }> {
  await page.goto(`${hufu.url}/endpoints?q=missing-intermediate`);
  const [host, port] = (await page.locator("tr[data-endpoint]").first().getAttribute("data-endpoint"))!.split(":");
  await page.locator("tr[data-endpoint] a").first().click();
  await expect(page).toHaveURL(/\/endpoints\/\d+/);
  await expect(async () => {
    await page.reload();
    await expect(page.locator("article[data-code='chain.incomplete']")).toBeVisible({ timeout: 500 });
  }).toPass({ timeout: 60_000 });
  return { host, port };
}

/** From the finding to its page, whose commands ask this very server, and on to the list. */
async function readsOn(page: Page, hufu: Hufu, ready: Ready): Promise<void> {
  const { host, port } = await incomplete(page, hufu);
  await ready(page);
  await page.locator("article[data-code='chain.incomplete'] a[href*='/help/']").click();
  await expect(page).toHaveURL(`${hufu.url}/help/findings/chain.incomplete?host=${host}%3A${port}`);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("证书链不完整");
  await expect(page.locator("pre").first()).toContainText(`-connect ${host}:${port} -servername ${host}`);
  await expect(page.locator("main")).toContainText("ERR_CERT_AUTHORITY_INVALID");
  await page.getByRole("navigation", { name: "部署完整的证书链" }).getByRole("link", { name: "nginx" }).click();
  await expect(page).toHaveURL(/#full-chain-nginx$/);
  await expect(page.locator("#full-chain-nginx pre")).toContainText("ssl_certificate     /etc/nginx/tls/fullchain.pem;");
  for (const server of ["apache", "tomcat", "spring-boot", "iis", "tencent-cloud", "alibaba-cloud", "huawei-cloud"]) {
    await expect(page.locator(`#full-chain-${server} h4`)).toBeVisible();
  }
  await page.locator("nav.crumbs a").click();
  await expect(page).toHaveURL(`${hufu.url}/help/findings`);
}

/** The list, and what is left of it by a filter. */
async function finds(page: Page, hufu: Hufu, ready: Ready): Promise<void> {
  await page.locator("nav.rail .rail-places").getByRole("link", { name: "帮助" }).click();
  await expect(page).toHaveURL(`${hufu.url}/help/findings`);
  await ready(page);
  await expect(code(page, "rule.scheme")).toBeVisible();
  await expect(code(page, "endpoint.deployed_not_everywhere")).toBeVisible();
  await page.locator("main input[name=q]").fill("-202:net::ERR_CERT_AUTHORITY_INVALID");
  await page.locator("main form button").click();
  await expect(page).toHaveURL(/\/help\/findings\?q=/);
  await expect(code(page, "chain.incomplete")).toBeVisible();
  await expect(code(page, "rule.scheme")).toHaveCount(0);
  await expect(page.locator("main input[name=q]")).toHaveValue("-202:net::ERR_CERT_AUTHORITY_INVALID");
  await page.locator("main input[name=q]").fill("没有这样的词");
  await page.locator("main form button").click();
  await expect(page.locator("main").getByRole("status")).toContainText("没有符合的问题");
  await page.locator("main").getByRole("status").getByRole("link").click();
  await expect(code(page, "rule.scheme")).toBeVisible();
}

/** A page without a server has a placeholder; a code that is none has no page. */
async function withoutServer(page: Page, hufu: Hufu): Promise<void> {
  for (const host of ["", "?host=", "?host=%24%28reboot%29", "?host=192.0.2.1%3A443"]) {
    await page.goto(`${hufu.url}/help/findings/cert.expired${host}`);
    await expect(page.locator("pre").first()).toContainText("-connect HOST:443 -servername HOST");
    await expect(page.locator("main")).not.toContainText("reboot");
  }
  const response = await page.goto(`${hufu.url}/help/findings/chain.nonsense`);
  expect(response?.status()).toBe(404);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("页面不存在");
}

async function inEnglish(page: Page, hufu: Hufu): Promise<void> {
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: hufu.url }]);
  await page.goto(`${hufu.url}/help/findings/chain.incomplete`);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Incomplete chain");
  await expect(page.getByRole("heading", { level: 3, name: "Install the full chain" })).toBeVisible();
  await page.goto(`${hufu.url}/help/findings?q=wildcard`);
  await expect(code(page, "rule.wildcard")).toBeVisible();
  for (const [asked, found] of [["nginx", "chain.incomplete"], ["fullchain", "chain.incomplete"], ["备案", "icp.missing"]]) {
    await page.goto(`${hufu.url}/help/findings?q=${encodeURIComponent(asked)}`);
    await expect(code(page, found)).toBeVisible();
  }
}

test("the help leads from a finding to its fix", async ({ page, demo }) => {
  await logIn(page, demo);
  await readsOn(page, demo, hydrated);
  await finds(page, demo, hydrated);
  await withoutServer(page, demo);
  await inEnglish(page, demo);
});

test("a page that is led to within the console has its words too, and those of no other", async ({ page, demo }) => {
  await logIn(page, demo);
  await page.goto(`${demo.url}/help/findings`);
  await hydrated(page);
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await code(page, "tls.no_tls12").getByRole("link").click();
  await expect(page.locator("pre").first()).toContainText("-tls1_2");
  await expect(page.locator("#versions-nginx pre")).toHaveText("ssl_protocols TLSv1.2 TLSv1.3;");
  expect(asked).toContain("/api/help/finding");
  expect(asked).not.toContain("/help/findings/tls.no_tls12");
  await page.goBack();
  await code(page, "ats.suite").getByRole("link").click();
  await expect(page.locator("#suites-nginx pre")).toBeVisible();
  await expect(page.locator("#versions-nginx")).toHaveCount(0);
});

test("a page stays in its language, whatever another tab has chosen since", async ({ page, demo }) => {
  await logIn(page, demo);
  await page.goto(`${demo.url}/help/findings`);
  await hydrated(page);
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  await code(page, "tls.no_tls12").getByRole("link").click();
  await expect(page.locator("#versions-nginx pre")).toBeVisible();
  await expect(page.locator("main")).toContainText("微信要求服务器支持 TLS 1.2");
  await expect(page.locator("main")).not.toContainText("WeChat asks for TLS 1.2");
});

test("on a narrow telephone nothing but what is typed is wider than the screen", async ({ page, demo }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await logIn(page, demo);
  for (const path of ["", "/chain.incomplete", "/cert.name_mismatch", "/http.referer_refused", "/rule.explicit_443"]) {
    await page.goto(`${demo.url}/help/findings${path}`);
    const { scrollWidth, clientWidth } = await page.evaluate(() => ({
      scrollWidth: document.documentElement.scrollWidth,
      clientWidth: document.documentElement.clientWidth,
    }));
    expect.soft(scrollWidth, path).toBeLessThanOrEqual(clientWidth);
  }
  // What is typed is scrolled by keys as well.
  await page.goto(`${demo.url}/help/findings/chain.incomplete`);
  const wide = page.locator("#full-chain-iis pre");
  await wide.focus();
  await expect(wide).toBeFocused();
  expect(await wide.evaluate((box) => box.scrollWidth > box.clientWidth)).toBe(true);
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("the help leads from a finding to its fix as well", async ({ page, demo }) => {
    await logIn(page, demo);
    await readsOn(page, demo, atOnce);
    await finds(page, demo, atOnce);
    await withoutServer(page, demo);
    await inEnglish(page, demo);
  });
});
