//! What must be on the machine: says what is missing and how to get it, installs what it may.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};

use crate::command::{output, run, run_in, succeeds};

const WASM_TARGET: &str = "wasm32-unknown-unknown";
const CARGO_FUZZ: &str = "0.13.2";
const SSLYZE_VERSIONS: &str = "xtask/sslyze.txt";
const SSLYZE_AT: &str = "target/tools/sslyze";
const NODE_LEAST: u32 = 20;
const NODE_HOW: &str = "version 20 or later is needed, with npm: `apt-get install nodejs npm` on Debian 13, \
                        or https://nodejs.org/en/download";

/// The workspace's root.
pub(crate) fn root() -> Result<PathBuf> {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_owned).context("xtask lies in the workspace")
}

/// Everything that building both halves needs.
pub(crate) fn for_building() -> Result<()> {
    if !["cc", "gcc", "clang"].iter().any(|compiler| succeeds(compiler, &["--version"])) {
        bail!("no C compiler; on Debian: apt-get install gcc libc6-dev");
    }
    wasm_target()?;
    node()?;
    npm_packages(Path::new("style"))
}

/// Installs the pinned npm packages of a directory, unless they are there.
pub(crate) fn npm_packages(directory: &Path) -> Result<()> {
    let lock = fs::read(directory.join("package-lock.json")).context("package-lock.json")?;
    let stamp = directory.join("node_modules/.installed-lock");
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    println!("installing the npm packages of {}", directory.display());
    run_in(directory, "npm", &["ci", "--no-audit", "--no-fund", "--loglevel=error"])?;
    fs::write(stamp, lock)?;
    Ok(())
}

/// The browser for the end-to-end tests: the one named by `HUFU_CHROMIUM`, else Chromium without its windows, with which
/// they take three fifths of the time, else any.
pub(crate) fn headless_chromium() -> Result<PathBuf> {
    let shell = || on_path("chromium-headless-shell");
    if env::var_os("HUFU_CHROMIUM").is_none() {
        if let Some(path) = shell() {
            return Ok(path);
        }
        if apt()
            && from_debian(&["chromium-headless-shell"]).is_ok()
            && let Some(path) = shell()
        {
            return Ok(path);
        }
    }
    chromium()
}

/// The whole browser: the one named by `HUFU_CHROMIUM`, one that is installed, playwright's own where it can be
/// downloaded, else Debian's package.
pub(crate) fn chromium() -> Result<PathBuf> {
    if let Some(path) = env::var_os("HUFU_CHROMIUM") {
        return Ok(path.into());
    }
    if let Some(path) = installed_chromium() {
        return Ok(path);
    }
    println!("installing Chromium");
    let end2end = Path::new("end2end");
    if run_in(end2end, "timeout", &["300", "npx", "playwright", "install", "--with-deps", "chromium"]).is_ok()
        && let Some(path) = playwright_chromium()
    {
        return Ok(path);
    }
    if apt() {
        from_debian(&["chromium", "fonts-wqy-microhei"])?;
    }
    installed_chromium().context("no Chromium; install one (on Debian: apt-get install chromium) or set HUFU_CHROMIUM")
}

/// Chinese screenshots are boxes without a font that has the characters.
pub(crate) fn chinese_font() -> Result<()> {
    if output("fc-list", &[":lang=zh"]).is_some_and(|fonts| !fonts.is_empty()) {
        return Ok(());
    }
    if apt() {
        return from_debian(&["fontconfig", "fonts-wqy-microhei"]);
    }
    println!("no Chinese font: screenshots in Chinese will show boxes (on Debian: apt-get install fonts-wqy-microhei)");
    Ok(())
}

/// Tests hold the probe against its servers, and the mail tests make certificates with it.
pub(crate) fn openssl() -> Result<()> {
    debian("openssl", &["version"], "openssl")
}

/// Tests open key stores with Java's own tool, and have it make some.
pub(crate) fn keytool() -> Result<()> {
    debian("keytool", &["-help"], "default-jre-headless")
}

/// Tests have them take the configuration of the deployment guide. No service starts of Apache and Tomcat:
/// theirs are other packages.
pub(crate) fn web_servers() -> Result<()> {
    for (program, package) in [("nginx", "nginx"), ("apache2", "apache2-bin")] {
        // Debian's lie where only an administrator looks.
        if !succeeds(&format!("/usr/sbin/{program}"), &["-v"]) {
            debian(program, &["-v"], package)?;
        }
    }
    if Path::new("/usr/share/tomcat10/bin/catalina.sh").exists() { Ok(()) } else { bring("Tomcat", "tomcat10-common") }
}

/// The driver of libFuzzer, in the version that the targets were tried with.
pub(crate) fn cargo_fuzz() -> Result<()> {
    if !["c++", "g++", "clang++"].iter().any(|compiler| succeeds(compiler, &["--version"])) {
        bail!("no C++ compiler, which libFuzzer needs; on Debian: apt-get install g++");
    }
    if output("cargo", &["fuzz", "--version"]).is_some_and(|version| version.ends_with(CARGO_FUZZ)) {
        return Ok(());
    }
    println!("installing cargo-fuzz");
    run("cargo", &["install", "--locked", "--version", CARGO_FUZZ, "cargo-fuzz"])
}

/// Tests compare what it says of servers with what the probe says.
pub(crate) fn sslscan() -> Result<()> {
    debian("sslscan", &["--version"], "sslscan")
}

/// Tests compare what it says, too: the one named by `HUFU_SSLYZE`, or else, for want of a package of
/// Debian, one of our own below `target`. Where Python's packages are out of reach they do without it.
pub(crate) fn sslyze() -> Result<Option<PathBuf>> {
    if let Some(program) = env::var_os("HUFU_SSLYZE") {
        return Ok(Some(program.into()));
    }
    match own_sslyze() {
        Ok(program) => Ok(Some(program)),
        Err(error) => {
            println!("without sslyze: {error:#}");
            Ok(None)
        }
    }
}

fn own_sslyze() -> Result<PathBuf> {
    let program = root()?.join(SSLYZE_AT).join("bin/sslyze");
    let pinned = fs::read(SSLYZE_VERSIONS).context(SSLYZE_VERSIONS)?;
    let stamp = Path::new(SSLYZE_AT).join(".installed-versions");
    // It goes when the Python goes that it was installed by.
    let runs = || succeeds(&program.to_string_lossy(), &["--help"]);
    if fs::read(&stamp).is_ok_and(|installed| installed == pinned) && runs() {
        return Ok(program);
    }
    python()?;
    println!("installing sslyze");
    run("python3", &["-m", "venv", "--clear", SSLYZE_AT])?;
    let python = format!("{SSLYZE_AT}/bin/python");
    let pip = |options: &[&str]| {
        let install = ["-m", "pip", "--quiet", "--disable-pip-version-check", "install", "--no-deps"];
        run(&python, &[&install[..], options].concat())
    };
    pip(&["--constraint", SSLYZE_VERSIONS, "setuptools"])
        .and_then(|()| pip(&["--no-build-isolation", "--requirement", SSLYZE_VERSIONS]))
        .context("pip cannot bring it; HUFU_SSLYZE may name one that is there")?;
    fs::write(stamp, pinned)?;
    Ok(program)
}

/// Python that sslyze runs on and that installs it.
fn python() -> Result<()> {
    let there = || succeeds("python3", &["-c", "import ensurepip, sys; sys.exit(sys.version_info < (3, 10))"]);
    if !there() && apt() {
        from_debian(&["python3", "python3-venv"])?;
    }
    if !there() {
        bail!("no Python 3.10 or later with venv, which sslyze needs; on Debian: apt-get install python3-venv");
    }
    Ok(())
}

/// A program that the tests need, from the package of Debian that has it.
fn debian(program: &str, harmless: &[&str], package: &str) -> Result<()> {
    if succeeds(program, harmless) { Ok(()) } else { bring(program, package) }
}

fn bring(what: &str, package: &str) -> Result<()> {
    if apt() {
        return from_debian(&[package]);
    }
    bail!("no {what}, which the tests need; on Debian: apt-get install {package}")
}

fn installed_chromium() -> Option<PathBuf> {
    ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(on_path).or_else(playwright_chromium)
}

fn on_path(name: &str) -> Option<PathBuf> {
    output("sh", &["-c", &format!("command -v {name}")]).map(PathBuf::from)
}

fn playwright_chromium() -> Option<PathBuf> {
    let script = "import('@playwright/test').then(({chromium}) => console.log(chromium.executablePath()))";
    let path = output("node", &["--input-type=module", "--eval", &format!("process.chdir('end2end'); {script}")])?;
    Some(PathBuf::from(path)).filter(|path| path.exists())
}

/// Installs packages of Debian. A new machine may not know yet which there are.
fn from_debian(packages: &[&str]) -> Result<()> {
    run("apt-get", &["update", "-q"])?;
    run("apt-get", &[&["install", "-y", "-q", "--no-install-recommends"], packages].concat())
}

/// Whether Debian's packages may be installed.
fn apt() -> bool {
    output("id", &["-u"]).as_deref() == Some("0") && succeeds("apt-get", &["--version"])
}

fn wasm_target() -> Result<()> {
    let Some(installed) = output("rustup", &["target", "list", "--installed"]) else {
        bail!("rustup is missing; `curl --proto '=https' -sSf https://sh.rustup.rs | sh` brings it");
    };
    if installed.lines().any(|target| target == WASM_TARGET) {
        return Ok(());
    }
    println!("adding the target {WASM_TARGET}");
    run("rustup", &["target", "add", WASM_TARGET])
}

fn node() -> Result<()> {
    let Some(version) = output("node", &["--version"]) else {
        bail!("Node.js is missing; {NODE_HOW}");
    };
    match major(&version) {
        Some(major) if major >= NODE_LEAST => {}
        _ => bail!("Node.js {version} is too old; {NODE_HOW}"),
    }
    if !succeeds("npm", &["--version"]) {
        bail!("npm is missing; it comes with Node.js (on Debian: apt-get install npm)");
    }
    Ok(())
}

/// `v20.20.2` → 20.
fn major(version: &str) -> Option<u32> {
    version.trim_start_matches('v').split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn the_major_version_of_node_is_read() {
        for (text, expected) in [("v20.20.2", Some(20)), ("18.1.0", Some(18)), ("nonsense", None), ("", None)] {
            assert_eq!(major(text), expected, "{text}");
        }
    }
}
