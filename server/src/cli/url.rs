//! `hufu url check`: may a mini program with these lists call this URL?

use std::path::{Path, PathBuf};

use app::words;
use clap::{Args, ValueEnum};
use model::{
    Api, AppId, DomainEntry,
    domain_entry::{EntryJudgement, judge_entry},
    url_check::{Decision, Reason, WssPorts, would_allow},
};

use super::{
    arguments,
    each::judge_each,
    exit::{CliError, Exit},
    human::{Block, Label, Style, Tone},
    input::{self, ENTRIES_MOST, Lines},
    output::{UrlLine, json},
    report::Answer,
    stored,
};

/// Check URLs against the domain lists of a mini program.
///
/// The lists come from the store (--appid) or from a file (--entries); for --api resource, of which
/// there is no list, neither is needed. A URL that cannot be read is not allowed.
#[derive(Debug, Args)]
pub(crate) struct UrlCheck {
    /// The list that the call goes by
    #[arg(long, value_parser = arguments::api, help = arguments::API_HELP)]
    api: Api,
    /// The mini program whose lists are read from the store in --data-dir
    #[arg(long, value_name = "ID", conflicts_with = "entries")]
    appid: Option<AppId>,
    /// Where the store is
    #[arg(long, env = "HUFU_DATA_DIR", value_name = "DIR", default_value = "data")]
    data_dir: PathBuf,
    /// A file with an entry a line, such as https://api.example.com, or WeChat's text joined by semicolons (or by
    /// commas before the next URL), and `#` comments
    ///
    /// An entry belongs to the list of --api, or where its scheme is another's, to the list of that
    /// scheme: wss:// to socket, https:// to request, udp:// to udp, tcp:// to tcp.
    #[arg(long, value_name = "FILE")]
    entries: Option<PathBuf>,
    /// Whether wss URLs may have a port that the entry has not
    #[arg(long, value_name = "RULE", default_value = "any")]
    wss_ports: PortRule,
    /// URLs to check; `-` reads one a line from standard input
    #[arg(required = true, value_name = "URL")]
    urls: Vec<String>,
    /// Print one JSON object a line: url, api, allowed, reason, matched_entry, near_miss
    #[arg(long)]
    json: bool,
}

/// What `--wss-ports` takes.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum PortRule {
    /// As WeChat documents it: an entry without a port allows every port
    Any,
    /// As for https: an entry without a port allows none
    Strict,
}

impl From<PortRule> for WssPorts {
    fn from(rule: PortRule) -> Self {
        match rule {
            PortRule::Any => Self::Any,
            PortRule::Strict => Self::Strict,
        }
    }
}

impl UrlCheck {
    /// Judges every URL.
    pub(crate) async fn run(self) -> Result<Exit, CliError> {
        if self.api == Api::PrefetchDns {
            return Err(CliError::NothingToDo(
                "names of the prefetch list are resolved ahead, not called: `hufu entry check --api prefetch` judges them",
            ));
        }
        let style = Style::detect();
        let entries = match (&self.appid, &self.entries) {
            (Some(app_id), _) => stored::entries_of(app_id, &self.data_dir).await?,
            (None, Some(path)) => entries_in(path, self.api)?,
            (None, None) if self.api == Api::Resource => Vec::new(),
            (None, None) => return Err(CliError::NothingToDo(NO_ENTRIES)),
        };
        let wss_ports = self.wss_ports.into();
        judge_each(input::items(self.urls), "no URL to check", |url| {
            let decision = would_allow(self.api, url, &entries, wss_ports);
            let text = if self.json { json(&object(url, self.api, &decision)) } else { block(style, url, &decision) };
            answer(text, decision.allowed)
        })
    }
}

/// The entries of a file.
fn entries_in(path: &Path, api: Api) -> Result<Vec<DomainEntry>, CliError> {
    let bytes = input::file(path, ENTRIES_MOST)?;
    let refused = |reason| CliError::File { path: path.to_owned(), reason };
    let mut entries = Vec::new();
    for item in input::entries(Lines::of(bytes.as_slice())) {
        let text = item.text.map_err(|error| refused(item.place.complain_of_line(&error)))?;
        entries.push(entry(&text, api).map_err(|reason| refused(item.place.complain(&text, &reason)))?);
    }
    if entries.is_empty() {
        return Err(refused("no entries in it".to_owned()));
    }
    Ok(entries)
}

fn entry(text: &str, api: Api) -> Result<DomainEntry, String> {
    let scheme = text.trim().split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    let of_scheme = |other: &Api| other.scheme().is_some() && other.scheme() == scheme.as_deref();
    // The first list of a scheme stands for all of them: any of them is the wrong one.
    let list = if of_scheme(&api) { api } else { Api::ALL.into_iter().find(of_scheme).unwrap_or(api) };
    let EntryJudgement { entry, findings, suggestion, .. } = judge_entry(list, text);
    entry.ok_or_else(|| {
        let codes: Vec<_> = findings.iter().map(|finding| finding.code.as_str()).collect();
        let example = list.scheme().map_or(String::new(), |scheme| format!("{scheme}://"));
        let said =
            format!("no list takes this entry ({}); an entry looks like {example}api.example.com", codes.join(", "));
        match suggestion {
            Some(suggestion) => format!("{said}; did you mean {suggestion}?"),
            None => said,
        }
    })
}

fn object<'a>(url: &'a str, api: Api, decision: &Decision) -> UrlLine<'a> {
    UrlLine {
        url,
        api,
        allowed: decision.allowed,
        reason: decision.reason.as_str(),
        matched_entry: decision.matched_entry.as_ref().map(ToString::to_string),
        near_miss: decision.near_miss.as_ref().map(|miss| miss.entry.to_string()),
    }
}

fn block(style: Style, url: &str, decision: &Decision) -> String {
    let locale = style.locale;
    let (tone, label) = if decision.allowed { (Tone::Good, Label::Allowed) } else { (Tone::Bad, Label::NotAllowed) };
    let mut block = Block::new(style, url, tone, label.word(locale));
    let mut fields = Vec::new();
    if decision.reason != Reason::Allowed {
        let reason = words::reason(decision.reason, locale);
        fields.push((Label::Why.word(locale), format!("{reason} [{}]", decision.reason.as_str())));
    }
    let matched = decision.matched_entry.as_ref().map(ToString::to_string);
    fields.extend(matched.map(|entry| (Label::Entry.word(locale), entry)));
    let near = decision.near_miss.as_ref().map(|miss| miss.entry.to_string());
    fields.extend(near.map(|entry| (Label::NearMiss.word(locale), entry)));
    fields.extend(decision.suggestion.clone().map(|url| (Label::WriteInstead.word(locale), url)));
    block.fields(&fields);
    block.text()
}

fn answer(text: String, allowed: bool) -> Answer {
    Answer::said(text, if allowed { Exit::Good } else { Exit::Fail })
}

const NO_ENTRIES: &str = "no entries to check against: name a file of them with --entries FILE, or a registered mini program with \
     --appid ID --data-dir DIR; see 'hufu url check --help'";

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn an_entry_of_another_scheme_belongs_to_another_list() {
        for (api, text, list) in [
            (Api::Socket, "wss://a.example.com", Api::Socket),
            (Api::Socket, "https://a.example.com", Api::Request),
            (Api::Upload, "https://a.example.com", Api::Upload),
            (Api::Upload, " WSS://a.example.com:8443 ", Api::Socket),
            (Api::Request, "tcp://a.example.com:99", Api::Tcp),
            (Api::PrefetchDns, "a.example.com", Api::PrefetchDns),
        ] {
            assert_eq!(entry(text, api).unwrap().api(), list, "{text}");
        }
        for (api, text) in [
            (Api::Request, "http://a.example.com"),
            (Api::Request, "a.example.com"),
            (Api::Request, "https://a.example.com/x"),
            (Api::Request, "nonsense"),
        ] {
            assert!(entry(text, api).unwrap_err().starts_with("no list takes this entry (rule."), "{text}");
        }
    }

    #[test]
    fn what_is_no_entry_is_told_how_one_looks_and_what_was_meant() {
        for (api, text, like, meant) in [
            (Api::Request, "api.example.com", "https://api.example.com", Some("https://api.example.com")),
            (Api::Socket, "ws.example.com:8443", "wss://api.example.com", Some("wss://ws.example.com:8443")),
            (Api::Request, "https://a.example.com/x", "https://api.example.com", Some("https://a.example.com")),
            (Api::Request, "nonsense", "https://api.example.com", None),
        ] {
            let said = entry(text, api).unwrap_err();
            assert!(said.contains(&format!("an entry looks like {like}")), "{said}");
            let expected = meant.map(|meant| format!("; did you mean {meant}?"));
            assert_eq!(said.split_once("; did you mean").is_some(), expected.is_some(), "{said}");
            assert!(expected.is_none_or(|expected| said.ends_with(&expected)), "{said}");
        }
    }
}
