// Every page in both themes and at two widths, two of them at a third: nothing for axe to say, nothing wider than the
// screen, and, where HUFU_PICTURES is set, a screenshot to look at.

import type { Locator, Page } from "@playwright/test";
import { broken } from "./axe";
import { expect, firstProbes, type Hufu, hydrated, logIn, setUp, test } from "./support";

const WIDTHS = [1440, 390];
/** On a tablet the columns of a part scroll sideways, and a list is cards. */
const WITH_TABLET = [...WIDTHS, 720];
/** The page's colours and nothing else, which is why no page is loaded again for them. */
const THEMES = ["hufu-light", "hufu-dark"];

async function picture(page: Page, name: string): Promise<void> {
  if (process.env.HUFU_PICTURES) await page.screenshot({ path: `artefacts/${name}.png`, fullPage: true });
}

async function examine(page: Page, name: string, widths = WIDTHS): Promise<void> {
  await hydrated(page);
  await expect(page.getByRole("heading", { level: 1 }).first()).toBeVisible();
  for (const width of widths) {
    await page.setViewportSize({ width, height: 900 });
    const { scrollWidth, clientWidth } = await page.evaluate(() => ({
      scrollWidth: document.documentElement.scrollWidth,
      clientWidth: document.documentElement.clientWidth,
    }));
    expect.soft(scrollWidth, `${name} is wider than ${width} px`).toBeLessThanOrEqual(clientWidth);
    for (const theme of THEMES) {
      await page.evaluate((theme) => (document.documentElement.dataset.theme = theme), theme);
      await picture(page, `${name}-${width}-${theme}`);
      expect.soft(await broken(page), `${name}, ${width} px, ${theme}`).toEqual([]);
    }
  }
}

/** Loads the page that a link leads to: the router would draw it without taking it over from the server. */
async function load(page: Page, link: Locator): Promise<void> {
  await page.goto(new URL((await link.getAttribute("href"))!, page.url()).href);
  await hydrated(page);
}

/** Gives a tag to a server of the lab, from the list of endpoints. */
async function tag(page: Page, server: string, name: string): Promise<void> {
  const row = page.locator("tr[data-endpoint]").filter({ hasText: `${server}.` });
  await row.getByRole("checkbox").check();
  await page.locator("#tags-of-selected").fill(name);
  await page.locator("button[value=add_tags]").click();
  await expect(row.locator(`[data-tag="${name}"]`)).toBeVisible();
}

test("the pages before and right after the set-up", async ({ page, empty }) => {
  test.setTimeout(480_000);
  await page.goto(`${empty.url}/log-in`);
  await examine(page, "log-in");
  await page.goto(empty.setUpLink);
  await examine(page, "set-up");
  await setUp(page, empty);
  await examine(page, "overview-empty");
  await page.goto(`${empty.url}/endpoints`);
  await examine(page, "endpoints-empty");
  await page.goto(`${empty.url}/alerts`);
  await examine(page, "alerts-empty");
  await page.goto(`${empty.url}/settings/mail`);
  await examine(page, "settings-mail");
  await page.goto(`${empty.url}/settings`);
  await examine(page, "settings-account");
  await page.goto(`${empty.url}/settings/people`);
  await examine(page, "settings-people");
  await page.goto(`${empty.url}/certificates`);
  await examine(page, "certificates-empty");
  await page.goto(`${empty.url}/icp`);
  await examine(page, "icp-empty");
});

/** Logs in to the demo and waits until it has probed its servers. Where its mini program is. */
async function atWork(page: Page, demo: Hufu): Promise<string> {
  await logIn(page, demo);
  await firstProbes(page, demo);
  await page.goto(`${demo.url}/`);
  await page.locator("main a", { hasText: "Laboratory" }).first().click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Laboratory");
  return page.url().split("?")[0];
}

test("a mini program and its servers", async ({ page, demo }) => {
  test.setTimeout(600_000);
  const program = await atWork(page, demo);
  await page.goto(program);
  await examine(page, "program");

  await page.setViewportSize({ width: 1440, height: 900 });
  await page.locator("#add textarea").fill("https://a.example.com\nhttp://b.example.com\nhttps://中文.example.com/x");
  await picture(page, "program-judged");

  for (const [entry, name] of [
    ["missing-intermediate", "endpoint-incomplete"],
    ["two-certificates", "endpoint-two-certificates"],
    ["plain-http", "endpoint-plain-http"],
    ["wrong-order", "endpoint-wrong-order"],
    ["refuses", "endpoint-unreachable"],
  ]) {
    await page.goto(program);
    await load(page, page.locator(`[data-entry*='//${entry}.'] .font-mono a`).first());
    await expect(page).toHaveURL(/\/endpoints\//);
    await examine(page, name, name === "endpoint-two-certificates" ? WITH_TABLET : WIDTHS);
  }

  await page.goto(`${demo.url}/endpoints?q=good-rsa`);
  await load(page, page.locator("tr[data-endpoint] a").first());
  const endpoint = page.url();
  await page.locator("#tags input[name=after]").fill("支付, core api");
  await page.locator("#tags button").click();
  await expect(page.locator("header [data-tag]")).toHaveCount(2);
  await page.locator("#route textarea").fill("127.0.0.2\n127.0.0.3");
  await page.locator("#route button[value=once]").click();
  await expect(page.locator("[data-trial]")).toBeVisible();
  await examine(page, "endpoint-trial");
  await page.locator("#route button[value=keep]").click();
  await expect(page.locator("h1 [data-verdict=fail]")).toBeVisible({ timeout: 60_000 });
  await page.goto(endpoint);
  await examine(page, "endpoint-elsewhere");
});

test("what there is, and what is brought in", async ({ page, demo }) => {
  test.setTimeout(600_000);
  await atWork(page, demo);
  await page.goto(`${demo.url}/`);
  await examine(page, "overview");
  await page.goto(`${demo.url}/programs`);
  await examine(page, "programs");
  await page.goto(`${demo.url}/programs?q=nowhere`);
  await examine(page, "programs-no-match");
  await page.goto(`${demo.url}/programs/import`);
  await examine(page, "import");
  const table = [
    "appid,name,api,entry",
    "wx00000000000000aa,,request,https://new.example.com;http://wrong.example.com/v1",
    "wx00000000000000cc,物流助手 · Logistics,socket,wss://push.example.com:8443",
    "wx1,,request,https://c.example.com",
  ];
  await page.locator("textarea[name=text]").fill(table.join("\n"));
  await page.locator("input[name=mode][value=replace]").check();
  await page.locator("#text button.btn-primary").click();
  await expect(page.locator("#plan")).toBeVisible();
  await examine(page, "import-plan");
  await page.locator("textarea[name=text]").fill('{"errcode":48001}');
  await page.locator("#text button.btn-primary").click();
  await expect(page.locator("#refused")).toBeVisible();
  await examine(page, "import-refused");
  await page.goto(`${demo.url}/endpoints`);
  await tag(page, "expired", "core");
  await tag(page, "wrong-name", "a tag as long as a tag may be");
  await tag(page, "good-ecdsa", "支付核心链路");
  await examine(page, "endpoints");
  for (const list of ["endpoints", "programs", "certificates", "icp", "audit"]) {
    await page.goto(`${demo.url}/${list}`);
    await page.setViewportSize({ width: 1280, height: 900 });
    await picture(page, `${list}-1280`);
    const cut = await page.locator("table.columns").evaluate((table) => table.parentElement!.scrollWidth - table.parentElement!.clientWidth);
    expect.soft(cut, `the columns of ${list} are cut at 1280 px`).toBe(0);
  }
  await page.goto(`${demo.url}/endpoints?tag=core`);
  await expect(page.locator("tr[data-endpoint] [data-tag=core]")).toHaveCount(1);
  await examine(page, "endpoints-tagged");
  await page.goto(`${demo.url}/endpoints?verdict=fail&days=7&sort=expiry`);
  await examine(page, "endpoints-filtered");
  await page.goto(`${demo.url}/endpoints?q=nowhere`);
  await examine(page, "endpoints-no-match");
});

test("lists keep to their frame on every wide screen, whatever tags their rows have", async ({ page, demo }) => {
  test.setTimeout(240_000);
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  await atWork(page, demo);
  await hydrated(page);
  const long = "t".repeat(32);
  await page.locator("#settings input[name=tags]").fill(`${long}, core`);
  await page.locator("#settings").getByRole("button", { name: "Save" }).click();
  await expect(page.locator("header a.badge", { hasText: long })).toBeVisible();
  await page.goto(`${demo.url}/endpoints`);
  await hydrated(page);
  await page.locator("thead input[type=checkbox]").check();
  await page.locator("#tags-of-selected").fill(`${long}, core, 支付核心链路`);
  await page.locator("button[value=add_tags]").click();
  await expect(page.locator(`tr[data-endpoint] [data-tag=${long}]`).first()).toBeVisible();
  for (const list of ["endpoints", "programs", "certificates", "icp"]) {
    await page.goto(`${demo.url}/${list}`);
    await hydrated(page);
    // What was seen a while ago takes more room than what was seen just now.
    await page.locator("tbody time").evaluateAll((times) => times.forEach((time) => (time.textContent = "59 minutes ago")));
    for (const width of [1024, 1200, 1280, 1366, 1440, 1920]) {
      await page.setViewportSize({ width, height: 900 });
      const over = await page.locator("table.columns").evaluate((table) => ({
        panel: table.getBoundingClientRect().right - table.parentElement!.getBoundingClientRect().right,
        page: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      }));
      expect.soft(over.panel, `the table of ${list} hangs out at ${width} px`).toBeLessThanOrEqual(0);
      expect.soft(over.page, `the page of ${list} is wider than ${width} px`).toBeLessThanOrEqual(0);
    }
  }
});

test("certificates, filings and checks", async ({ page, demo }) => {
  test.setTimeout(600_000);
  await atWork(page, demo);
  await page.goto(`${demo.url}/certificates`);
  await examine(page, "certificates", WITH_TABLET);
  const leaf = await page.locator("tr[data-certificate] a").first().getAttribute("href");
  await page.goto(`${demo.url}${leaf}`);
  await expect(page).toHaveURL(/\/certificates\/[0-9a-f]{64}$/);
  await examine(page, "certificate");
  await page.goto(`${demo.url}/certificates?q=nowhere&days=7-14`);
  await examine(page, "certificates-no-match");
  const filings = ["example.com 京ICP备11041704号-13 某某网络科技有限公司", "example.org 未备案", "例子.中国 备案中", "example.net 未知"];
  await page.goto(`${demo.url}/icp`);
  await hydrated(page);
  await page.locator("#paste textarea").fill(filings.join("\n"));
  await page.locator("#paste button.btn-primary").click();
  await expect(page.locator("tr[data-domain]")).toHaveCount(5);
  const wrong = "?lines=" + encodeURIComponent("www.example.com 京ICP备1\nexample.com,京 icp备11041704-2x,某某\ncom.cn");
  await page.goto(`${demo.url}/icp${wrong}`);
  await examine(page, "icp");
  await page.goto(`${demo.url}/icp/hufu.example`);
  await examine(page, "icp-domain");
  const urls = ["https://good-ecdsa.lab.hufu.example/v1", "https://lab.hufu.example:443", "ftp://x"].join("\n");
  await page.goto(`${demo.url}/check/url?api=request&url=${encodeURIComponent(urls)}`);
  await examine(page, "check-url");
  await page.goto(`${demo.url}/check/error?text=${encodeURIComponent("request:fail -202:net::ERR_CERT_AUTHORITY_INVALID")}`);
  await examine(page, "check-error");
  await page.goto(`${demo.url}/endpoints?q=plain-http`);
  const server = (await page.locator("tr[data-endpoint] a").first().textContent()) ?? "";
  await page.goto(`${demo.url}/check/file`);
  await page.locator("input[name=host]").fill(server);
  await page.locator("input[name=name]").fill("kH3Bw2VgxW.txt");
  await page.locator("#verify-file button.btn-primary").click();
  await expect(page.locator("[data-answer]")).toBeVisible();
  await examine(page, "check-file");
  await page.goto(`${demo.url}/check/certificate`);
  await page.locator("textarea[name=pem]").fill(await (await page.request.get(`${demo.url}${leaf}/pem`)).text());
  await page.locator("input[name=host]").fill("api.example.com");
  await page.locator("form[action='/check/certificate'] button.btn-primary").click();
  await expect(page.locator("[data-answer]")).toBeVisible();
  await examine(page, "check-certificate");
  await page.goto(`${demo.url}/search?q=expired`);
  await examine(page, "search");
});

test("help, the audit log, and the other language", async ({ page, demo }) => {
  test.setTimeout(600_000);
  const program = await atWork(page, demo);
  await page.goto(`${demo.url}/help/findings`);
  await examine(page, "help");
  await page.goto(`${demo.url}/help/findings?q=xyzzy`);
  await examine(page, "help-no-match");
  await page.goto(`${demo.url}/help/findings/chain.incomplete?host=api.example.com%3A8443`);
  await examine(page, "help-chain-incomplete");
  await page.goto(`${demo.url}/help/findings/tls.handshake_failed`);
  await examine(page, "help-handshake-failed");
  await page.goto(`${demo.url}/help/findings/rule.idn`);
  await examine(page, "help-rule-idn");
  await page.goto(`${demo.url}/audit`);
  await examine(page, "audit");
  await page.goto(`${demo.url}/audit?action=all&from=2026-01-01&q=lab`);
  await page.locator("tr[data-action='probe.store'] summary").first().click();
  await picture(page, "audit-opened");
  await examine(page, "audit-filtered");
  await page.goto(`${demo.url}/audit?q=nowhere`);
  await examine(page, "audit-no-match");

  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  for (const [path, name] of [
    ["/", "overview-en"],
    [new URL(program).pathname, "program-en"],
    ["/programs", "programs-en"],
    ["/programs/import", "import-en"],
    ["/endpoints", "endpoints-en"],
    ["/certificates", "certificates-en"],
    ["/icp", "icp-en"],
    ["/audit", "audit-en"],
    ["/help/findings", "help-en"],
    ["/help/findings/http.no_https_redirect", "help-redirect-en"],
  ]) {
    await page.goto(`${demo.url}${path}`);
    await examine(page, name);
  }
});

test("an address that leads nowhere says so and leads back", async ({ page, demo }) => {
  await logIn(page, demo);
  for (const path of ["/nowhere", "/endpoints/999999", "/programs/999999", "/programs/x", "/endpoints/-1", "/certificates/x", "/icp/com.cn", "/help/findings/x"]) {
    const response = await page.goto(`${demo.url}${path}`);
    expect(response?.status(), path).toBe(404);
    await hydrated(page);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("页面不存在");
    await expect(page.getByRole("link", { name: "回到总览" })).toBeVisible();
    // Inside the frame: nobody is left without a way on.
    await expect(page.locator("nav.rail").getByRole("link", { name: "端点" })).toBeVisible();
    await expect(page.getByRole("banner").getByRole("searchbox")).toBeVisible();
  }
});
