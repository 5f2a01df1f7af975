//! `hufu entry check`: would WeChat take this line into a domain list?

use app::chain::source::Source;
use clap::Args;
use model::{
    Api, Timestamp,
    domain_entry::{EntryJudgement, judge_entry},
};

use super::{
    arguments,
    each::judge_each,
    exit::{CliError, Exit},
    human::{Block, Label, Style, Tone},
    input,
    output::{EntryLine, json},
    report::Answer,
};
use crate::clock;

/// Judge entries of WeChat's domain lists before they are configured.
///
/// Each entry is judged by itself; the limit of a list and duplicates are not.
#[derive(Debug, Args)]
pub(crate) struct EntryCheck {
    /// The list the entries are for
    #[arg(long, value_parser = arguments::api, help = arguments::API_HELP)]
    api: Api,
    /// Entries such as https://api.example.com:8443, or several joined by semicolons as WeChat shows them (or by
    /// commas before the next URL); `-` reads them from standard input, with `#` comments
    #[arg(required = true, value_name = "ENTRY")]
    entries: Vec<String>,
    /// Print one JSON object a line: entry, api, accepted, normalised, findings, suggestion
    #[arg(long)]
    json: bool,
}

impl EntryCheck {
    /// Judges every entry.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let style = Style::detect();
        let now = clock::now();
        judge_each(input::entries(input::items(self.entries)), "no entry to check", |input| {
            let judgement = judge_entry(self.api, input);
            let exit = if judgement.accepted() { Exit::Good } else { Exit::Fail };
            let text = if self.json { json(&object(input, &judgement)) } else { block(style, &judgement, now) };
            Answer::said(text, exit)
        })
    }
}

fn object<'a>(input: &'a str, judgement: &'a EntryJudgement) -> EntryLine<'a> {
    EntryLine {
        entry: input,
        api: judgement.api,
        accepted: judgement.accepted(),
        normalised: judgement.entry.as_ref().map(ToString::to_string),
        findings: judgement.findings.iter().map(Into::into).collect(),
        suggestion: judgement.suggestion.clone(),
    }
}

fn block(style: Style, judgement: &EntryJudgement, now: Timestamp) -> String {
    let locale = style.locale;
    let (tone, word) = match (judgement.accepted(), judgement.findings.is_empty()) {
        (true, true) => (Tone::Good, Label::Accepted),
        (true, false) => (Tone::Doubtful, Label::Accepted),
        (false, _) => (Tone::Bad, Label::Refused),
    };
    let mut block = Block::new(style, &judgement.input, tone, word.word(locale));
    let shown = judgement.entry.as_ref().map(ToString::to_string).filter(|entry| *entry != judgement.input);
    let shown = shown.map(|entry| (Label::Stored.word(locale), entry));
    let elsewhere = judgement
        .elsewhere
        .as_ref()
        .map(|entry| (Label::Elsewhere.word(locale), format!("{entry} (--api {})", entry.api())));
    block.fields(&Vec::from_iter(shown.into_iter().chain(elsewhere)));
    block.findings(&judgement.findings, Source::Server, now);
    block.text()
}
