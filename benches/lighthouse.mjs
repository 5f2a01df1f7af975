// Lighthouse's scores, of a telephone and of a desk, before and after the log-in. What costs points
// is named below each line.
//
// Its telephone is this machine, slowed down by four, which is meant for one whose benchmark index is 1500 to 2000. For one
// of 1000 to 1500 its docs/throttling.md advises two; so the telephone stands here with both, and the index beside it.

import lighthouse, { defaultConfig, desktopConfig } from "lighthouse";
import { anEndpoint, session, start, url } from "./browser.mjs";

const CATEGORIES = ["performance", "accessibility", "best-practices", "seo"];
// robots.txt keeps search engines out of a console on purpose.
const UNWANTED = ["is-crawlable"];
const phone = (cpuSlowdownMultiplier) => ({
  extends: "lighthouse:default",
  settings: { throttling: { ...defaultConfig.settings.throttling, cpuSlowdownMultiplier } },
});
const DEVICES = [["phone 4x", phone(4)], ["phone 2x", phone(2)], ["desk", desktopConfig]];

const browser = await start();
const cookie = await session();
const page = await browser.newPage();
await browser.setCookie(cookie);
console.log(`Lighthouse without ${UNWANTED.join(", ")}`);
console.log(`${"".padEnd(24)} ${[...CATEGORIES, "index"].map((name) => name.padStart(15)).join("")}`);
for (const path of ["/", "/programs", "/endpoints", await anEndpoint(cookie), "/certificates", "/icp", "/audit", "/log-in"]) {
  if (path === "/log-in") await browser.deleteCookie(cookie);
  for (const [device, config] of DEVICES) {
    const flags = { onlyCategories: CATEGORIES, disableStorageReset: true, skipAudits: UNWANTED, logLevel: "error" };
    const { lhr } = await lighthouse(url + path, flags, config, page);
    const scores = CATEGORIES.map((id) => String(Math.round(lhr.categories[id].score * 100)).padStart(15));
    const index = String(Math.round(lhr.environment.benchmarkIndex)).padStart(15);
    console.log(`${`${path} ${device}`.padEnd(24)} ${scores.join("")}${index}`);
    for (const id of CATEGORIES) {
      for (const { id: audit, weight } of lhr.categories[id].auditRefs) {
        const { score, title, displayValue } = lhr.audits[audit];
        if (weight > 0 && score !== null && score < 0.9) {
          console.log(`    ${id}: ${title} ${displayValue ?? ""} (${Math.round(score * 100)} of 100, weight ${weight})`);
        }
      }
    }
  }
}
await browser.close();
