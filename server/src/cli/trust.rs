//! `hufu trust`: which roots chains are judged by, and putting others in their place.

use std::path::PathBuf;

use app::{i18n::Locale, words};
use clap::{Args, Subcommand};
use model::Date;
use probe::stores::{self, StoreSet};

use super::{
    exit::{CliError, Exit},
    human::{Block, Label, Style, Tone},
    output::{StoreLine, json},
    report::{Answer, Reader, Report},
};
use crate::{
    clock,
    stores::{directory, keep},
};

#[derive(Debug, Subcommand)]
pub(crate) enum TrustCommand {
    List(TrustList),
    Update(TrustUpdate),
}

impl TrustCommand {
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        match self {
            Self::List(list) => list.run(),
            Self::Update(update) => update.run(),
        }
    }
}

/// List the stores of roots that chains are judged by, each with its day and its source.
///
/// A set that `hufu trust update` has kept in the data directory stands in the place of the one that
/// is compiled in. Removing its file brings that one back.
#[derive(Debug, Args)]
pub(crate) struct TrustList {
    /// Where sets of your own are, below trust/
    #[arg(long, env = "HUFU_DATA_DIR", value_name = "DIR", default_value = "data")]
    data_dir: PathBuf,
    /// Print one JSON object a line: store, roots, date, version, source, platforms, file
    #[arg(long)]
    json: bool,
}

/// Put other sets of roots in the place of those compiled in.
///
/// DIR holds a PEM file for each store to replace: apple.pem, android.pem, windows.pem, mozilla.pem
/// or java.pem, or sslyze's google_aosp.pem, microsoft_windows.pem and so on, each with its YAML beside
/// it. Every certificate has to be readable and an authority's, and no date in the future, or nothing is
/// replaced. A set that is older than the one in use is left out, and one with less than half of its
/// roots is warned of. A running server reads them at its next start.
#[derive(Debug, Args)]
pub(crate) struct TrustUpdate {
    /// The directory with the sets
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// Where they are kept, below trust/
    #[arg(long, env = "HUFU_DATA_DIR", value_name = "DIR", default_value = "data")]
    data_dir: PathBuf,
    /// Print one JSON object a line: store, roots, date, version, source, platforms, file, replaced
    #[arg(long)]
    json: bool,
}

impl TrustList {
    fn run(self) -> Result<Exit, CliError> {
        let kept = directory(&self.data_dir);
        let sets = stores::installed(&kept)?;
        let style = style(self.json);
        let mut report = Report::default();
        for set in &sets {
            let file = kept.join(stores::file_name(set.store));
            let line = line(set, file.is_file().then(|| file.display().to_string()), None);
            if print(&mut report, style, &line, None)? == Reader::Gone {
                break;
            }
        }
        report.end("no store is compiled in")
    }
}

impl TrustUpdate {
    fn run(self) -> Result<Exit, CliError> {
        let refused = |reason: String| CliError::File { path: self.directory.clone(), reason };
        if !self.directory.is_dir() {
            let why = if self.directory.exists() { "is no directory" } else { "there is no such directory" };
            return Err(refused(format!("{why}; name the one that holds the sets")));
        }
        let today = clock::now().date();
        // Somewhere it is tomorrow already.
        let latest = today.tomorrow().unwrap_or(Date::MAX);
        let sets = stores::read(&self.directory, today)?;
        if let Some(set) = sets.iter().find(|set| set.edition.date > latest) {
            let (store, date) = (set.store.as_str(), set.edition.date);
            return Err(refused(format!(
                "the set of {store}: its date {date} is in the future, so no later set could replace it"
            )));
        }
        let kept = directory(&self.data_dir);
        // What is broken there is to be replaced, not to stand in the way.
        let in_use = stores::installed(&kept).unwrap_or_else(|_| stores::embedded().to_vec());
        let known = |set: &StoreSet| in_use.iter().find(|known| known.store == set.store);
        // Nor does a day that has not come stand in the way.
        let is_later = |set: &StoreSet| {
            known(set).is_none_or(|known| known.edition.date <= set.edition.date || known.edition.date > latest)
        };
        let (later, older): (Vec<_>, Vec<_>) = sets.iter().partition(|set| is_later(set));
        keep(&later, &self.data_dir)?;
        let style = style(self.json);
        let mut report = Report::default();
        for (set, replaced) in later.into_iter().map(|set| (set, true)).chain(older.into_iter().map(|set| (set, false)))
        {
            let file = replaced.then(|| kept.join(stores::file_name(set.store)).display().to_string());
            let warning = known(set).and_then(|known| shrunk(known, set, file.as_deref()?));
            if print(&mut report, style, &line(set, file, Some(replaced)), warning)? == Reader::Gone {
                break;
            }
        }
        report.end("no set to keep")
    }
}

/// A warning where fewer than half of the roots are left: no store loses so many from one set to the next.
fn shrunk(before: &StoreSet, now: &StoreSet, file: &str) -> Option<String> {
    let (before, left) = (before.roots().len(), now.roots().len());
    let store = now.store.as_str();
    (left < before.div_ceil(2)).then(|| {
        let roots = roots(left, Locale::en);
        format!("warning: {store} has {roots} in place of {before}; without {file} those compiled in count again")
    })
}

/// None for JSON.
fn style(json: bool) -> Option<Style> {
    if json { None } else { Some(Style::detect()) }
}

fn line(set: &StoreSet, file: Option<String>, replaced: Option<bool>) -> StoreLine<'_> {
    let (store, edition) = (set.store, &set.edition);
    StoreLine {
        store,
        roots: set.roots().len(),
        date: edition.date,
        version: edition.version.as_deref(),
        source: &edition.source,
        platforms: store.platforms(),
        file,
        replaced,
    }
}

fn print(
    report: &mut Report,
    style: Option<Style>,
    line: &StoreLine<'_>,
    warning: Option<String>,
) -> Result<Reader, CliError> {
    let text = match style {
        None => json(line),
        Some(style) => block(style, line),
    };
    report.print(&Answer { text: Some(text), complaint: warning, exit: Exit::Good })
}

fn block(style: Style, line: &StoreLine<'_>) -> String {
    let locale = style.locale;
    let (tone, word) = match line.replaced {
        None => (Tone::Plain, roots(line.roots, locale)),
        Some(true) => (Tone::Good, Label::Replaced.word(locale).to_owned()),
        Some(false) => (Tone::Doubtful, Label::OlderThanInUse.word(locale).to_owned()),
    };
    let mut block = Block::new(style, words::trust::store(line.store, locale), tone, &word);
    let mut fields = vec![(Label::AsOf.word(locale), line.date.to_string())];
    if line.replaced.is_some() {
        fields.push((Label::RootCount.word(locale), line.roots.to_string()));
    }
    fields.extend(line.version.map(|version| (Label::Version.word(locale), version.to_owned())));
    fields.push((Label::Source.word(locale), line.source.to_owned()));
    if !line.platforms.is_empty() {
        fields.push((Label::Platforms.word(locale), words::platforms(line.platforms, locale)));
    }
    fields.extend(line.file.as_ref().map(|file| (Label::KeptIn.word(locale), file.clone())));
    block.fields(&fields);
    block.text()
}

fn roots(count: usize, locale: Locale) -> String {
    match locale {
        Locale::en if count == 1 => "1 root".to_owned(),
        Locale::en => format!("{count} roots"),
        Locale::zh_CN => format!("{count} 个根证书"),
    }
}
