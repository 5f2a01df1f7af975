// Bytes on the wire of a first visit: a cold cache, each resource with its headers.

import { anEndpoint, session, start, url } from "./browser.mjs";

async function visit(browser, path, cookie) {
  const context = await browser.createBrowserContext();
  if (cookie) await context.setCookie(cookie);
  const page = await context.newPage();
  const client = await page.createCDPSession();
  const resources = new Map();
  await client.send("Network.enable");
  client.on("Network.responseReceived", ({ requestId, response }) => {
    if (response.url.startsWith("data:")) return;
    const encoding = response.headers["content-encoding"] ?? "plain";
    resources.set(requestId, { name: new URL(response.url).pathname.split("/").pop() || "/", encoding, bytes: 0 });
  });
  client.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const resource = resources.get(requestId);
    if (resource) resource.bytes = encodedDataLength;
  });
  await page.goto(url + path, { waitUntil: "networkidle0" });
  await page.waitForFunction(() => document.documentElement.dataset.hydrated === "true");
  await context.close();
  return [...resources.values()];
}

const browser = await start();
const cookie = await session();
for (const [name, path, who] of [
  ["log-in", "/log-in"],
  ["Overview", "/", cookie],
  ["Endpoints", "/endpoints", cookie],
  ["an endpoint", await anEndpoint(cookie), cookie],
]) {
  const resources = await visit(browser, path, who);
  const total = resources.reduce((sum, { bytes }) => sum + bytes, 0);
  console.log(`== a first visit to ${name}: ${(total / 1000).toFixed(1)} kB`);
  for (const { name, encoding, bytes } of resources) {
    console.log(`  ${name.padEnd(24)} ${encoding.padEnd(6)} ${(bytes / 1000).toFixed(1).padStart(8)} kB`);
  }
}
await browser.close();
