//! What the check forms put into the URL, so that an answer can be shared as a link.

use model::{
    Api,
    service::{DraftId, Field, ProgramId, ServiceError},
    tools::{KeyMatch, NoCertificates, Wanted, WantedError, damage::DamagedBlock},
    url_check::WssPorts,
};

use crate::{
    error::name_problem,
    programs::choice::{Asked, CALLED},
    query::{parsed, text, value},
};

/// Most lines that one check judges.
pub(super) const LINES_MOST: usize = 100;

/// Most characters of an error text that are read.
pub(super) const TEXT_MOST: usize = 4_000;

/// A URL check as asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct UrlQuery {
    pub(super) asked: Asked,
    pub(super) api: Api,
    /// As typed: a URL a line.
    pub(super) urls: String,
    /// Whether nothing was typed, and sent all the same.
    pub(super) is_blank: bool,
    /// None for what the settings of the mini program say.
    pub(super) wss: Option<WssPorts>,
}

impl UrlQuery {
    /// Anything missing or malformed has its default.
    pub(super) fn read(search: &str) -> Self {
        Self {
            asked: asked(search),
            api: value(search, "api").and_then(|word| word.parse().ok()).unwrap_or(Api::Request),
            urls: value(search, "url").unwrap_or_default(),
            is_blank: is_blank(search, "url"),
            wss: match value(search, "wss").as_deref() {
                Some("strict") => Some(WssPorts::Strict),
                Some("any") => Some(WssPorts::Any),
                _ => None,
            },
        }
    }

    /// The lines to judge, and whether there are more of them than that.
    pub(super) fn lines(&self) -> (Vec<&str>, Rest) {
        let mut lines = self.urls.lines().map(str::trim).filter(|line| !line.is_empty());
        let judged = lines.by_ref().take(LINES_MOST).collect();
        (judged, if lines.next().is_some() { Rest::LeftOut } else { Rest::Nothing })
    }
}

/// Whether something was left out for its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    Nothing,
    LeftOut,
}

/// An error text to explain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TextQuery {
    pub(super) asked: Asked,
    pub(super) text: String,
    /// Whether nothing was typed, and sent all the same.
    pub(super) is_blank: bool,
}

impl TextQuery {
    pub(super) fn read(search: &str) -> Self {
        let text = value(search, "text").unwrap_or_default();
        Self { asked: asked(search), text, is_blank: is_blank(search, "text") }
    }

    /// The text to read, and whether it goes on.
    pub(super) fn bounded(&self) -> (&str, Rest) {
        match self.text.char_indices().nth(TEXT_MOST) {
            Some((end, _)) => (&self.text[..end], Rest::LeftOut),
            None => (&self.text, Rest::Nothing),
        }
    }
}

/// Whether a field was sent that has nothing in it.
fn is_blank(search: &str, name: &str) -> bool {
    value(search, name).is_some_and(|typed| typed.trim().is_empty())
}

/// The mini program to compare with.
fn asked(search: &str) -> Asked {
    Asked { program: parsed(search, "program"), called: text(search, CALLED) }
}

/// Where certificates are sent to be judged, and where the answer is shown.
pub const CERTIFICATE_PATH: &str = "/check/certificate";

/// In the query, and in the form: the draft with what was fetched.
pub const FETCHED: &str = "fetched";

/// In the form: the draft whose text has its answer and stands in it.
pub const SHOWN: &str = "shown";

/// The page of the verification file.
pub(super) const VERIFICATION_PATH: &str = "/check/file";

/// Certificates to judge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileQuery {
    /// What was pasted or uploaded, without keys.
    pub draft: Option<DraftId>,
    /// What was fetched for certificates, these or others.
    pub fetched: Option<DraftId>,
    /// The name that the certificate must be for, as typed.
    pub host: String,
    /// The name of the key in a key store, as typed into a form that was refused.
    pub alias: String,
    /// Whether the private key beside them was theirs.
    pub key: Option<KeyMatch>,
    /// Why what was sent was not even kept, and which part of the form it was.
    pub problem: Option<(Part, NoCertificates)>,
    /// Whether the text beside what was not kept had its answer before.
    pub is_answered: bool,
    /// Between which keys there is to choose.
    pub names: Vec<String>,
}

/// A part of the form with certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What was pasted.
    Text,
    /// What was uploaded.
    File,
    /// The private key in a file of its own.
    Key,
    /// The password.
    Password,
}

impl Part {
    /// The word used in the URL.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::File => "file",
            Self::Key => "key",
            Self::Password => "password",
        }
    }
}

/// What a certificate must be for, as typed.
///
/// # Errors
/// [`ServiceError::Invalid`] when it is neither a name nor a wildcard.
pub(super) fn wanted(typed: &str) -> Result<Option<Wanted>, ServiceError> {
    let refused = |error: WantedError| match error {
        WantedError::Wildcard(other) => other.into(),
        WantedError::Name(error) => ServiceError::invalid(Field::Host, name_problem(error)),
    };
    match typed.trim() {
        "" => Ok(None),
        typed => typed.parse().map(Some).map_err(refused),
    }
}

impl FileQuery {
    /// The draft whose text stands in the form with its answer, good or bad: it does not stand in the way of a file
    /// that is chosen next.
    pub(super) fn shown(&self) -> Option<DraftId> {
        self.draft.filter(|_| self.problem.is_none() || self.is_answered)
    }

    pub(super) fn read(search: &str) -> Self {
        let of = value(search, "of");
        let part =
            [Part::Text, Part::Key, Part::Password].into_iter().find(|part| of.as_deref() == Some(part.as_str()));
        let names = text(search, "names").map(|names| names.lines().map(str::to_owned).collect());
        let why = parsed::<NoCertificates>(search, "problem");
        let why = why.map(|why| match (why, parsed::<DamagedBlock>(search, "block")) {
            (NoCertificates::Damaged, Some(block)) => NoCertificates::DamagedBlock(block),
            (why, _) => why,
        });
        Self {
            draft: parsed(search, "draft"),
            fetched: parsed(search, FETCHED),
            host: text(search, "host").unwrap_or_default(),
            alias: text(search, "alias").unwrap_or_default(),
            key: parsed(search, "key"),
            problem: why.map(|why| (part.unwrap_or(Part::File), why)),
            is_answered: parsed(search, "answered").unwrap_or_default(),
            names: names.unwrap_or_default(),
        }
    }

    /// The page that judges them.
    pub fn link(&self) -> String {
        let block = self.problem.and_then(|(_, why)| match why {
            NoCertificates::DamagedBlock(block) => Some(block.written()),
            _ => None,
        });
        let parts = [
            ("draft", self.draft.map(|id| id.to_string())),
            (FETCHED, self.fetched.map(|id| id.to_string())),
            ("host", Some(self.host.clone()).filter(|host| !host.trim().is_empty())),
            ("alias", Some(self.alias.clone()).filter(|alias| !alias.is_empty())),
            ("key", self.key.map(|key| key.as_str().to_owned())),
            ("problem", self.problem.map(|(_, why)| why.as_str().to_owned())),
            ("of", self.problem.filter(|(part, _)| *part != Part::File).map(|(part, _)| part.as_str().to_owned())),
            ("block", block),
            ("answered", self.is_answered.then(|| true.to_string())),
            ("names", (!self.names.is_empty()).then(|| self.names.join("\n"))),
        ];
        crate::query::link(CERTIFICATE_PATH, parts)
    }
}

/// A link to the explanation of `text`.
pub(super) fn explain_link(program: Option<ProgramId>, text: &str) -> String {
    link("/check/error", program, ("text", text))
}

/// A link to the check of `url`.
pub(super) fn url_link(program: Option<ProgramId>, url: &str) -> String {
    link("/check/url", program, ("url", url))
}

fn link(path: &str, program: Option<ProgramId>, (name, value): (&str, &str)) -> String {
    let program = program.map(|program| program.to_string());
    let value = Some(value.to_owned()).filter(|value| !value.is_empty());
    crate::query::link(path, [("program", program), (name, value)])
}

#[cfg(test)]
mod tests {
    use model::tools::damage::{Damage, Label};

    use super::*;

    #[test]
    fn a_shared_link_reads_as_it_was_asked() {
        let query = UrlQuery::read(
            "program=4&api=socket&wss=strict&url=wss%3A%2F%2Fa.example%2Fx%2520y%0D%0Awss%3A%2F%2Fb.example",
        );
        assert_eq!(query.asked, Asked { program: Some(ProgramId(4)), called: None });
        let named = TextQuery::read("called=+%E5%B0%8F%E5%BA%97+wx0123456789abcdef+&text=x");
        assert_eq!(named.asked.called.as_deref(), Some("小店 wx0123456789abcdef"));
        assert_eq!(query.api, Api::Socket);
        assert_eq!(query.wss, Some(WssPorts::Strict));
        assert_eq!(query.lines(), (vec!["wss://a.example/x%20y", "wss://b.example"], Rest::Nothing));
    }

    #[test]
    fn whatever_cannot_be_read_has_its_default() {
        for search in ["", "?", "program=x&called=+&api=telnet&wss=maybe", "%ff=%ff&program=99999999999999999999"] {
            let query = UrlQuery::read(search);
            assert_eq!((query.asked, query.api, query.wss), (Asked::default(), Api::Request, None), "{search}");
        }
    }

    #[test]
    fn a_field_that_is_sent_empty_is_told_from_one_that_is_not_sent() {
        for (search, blank) in [("", false), ("url=&text=+%0A", true), ("url=a&text=a", false)] {
            assert_eq!((UrlQuery::read(search).is_blank, TextQuery::read(search).is_blank), (blank, blank), "{search}");
        }
        let link = url_link(Some(ProgramId(2)), "");
        assert_eq!(link, "/check/url?program=2", "nobody has sent anything yet");
    }

    #[test]
    fn a_long_paste_is_cut_and_said_to_be() {
        let urls = "https://a.example\n".repeat(LINES_MOST + 1);
        let query = UrlQuery { urls, ..UrlQuery::read("") };
        let (lines, rest) = query.lines();
        assert_eq!((lines.len(), rest), (LINES_MOST, Rest::LeftOut));

        let query = TextQuery { text: "错".repeat(TEXT_MOST + 1), ..TextQuery::default() };
        let (text, rest) = query.bounded();
        assert_eq!((text.chars().count(), rest), (TEXT_MOST, Rest::LeftOut));
    }

    #[test]
    fn a_link_to_certificates_reads_back() {
        let (label, damage) = (Some(Label::PrivateKey), Damage::NotBase64 { line: 3 });
        let block = DamagedBlock { label, number: 1, line: 2, damage };
        for query in [
            FileQuery { problem: Some((Part::Key, NoCertificates::DamagedBlock(block))), ..FileQuery::default() },
            FileQuery { problem: Some((Part::Key, NoCertificates::Damaged)), ..FileQuery::default() },
            FileQuery { draft: Some(DraftId(7)), host: "a.example".to_owned(), ..FileQuery::default() },
            FileQuery { problem: Some((Part::File, NoCertificates::Jceks)), ..FileQuery::default() },
            FileQuery { problem: Some((Part::Text, NoCertificates::KeyAlone)), ..FileQuery::default() },
            FileQuery { problem: Some((Part::Key, NoCertificates::WrongPassword)), ..FileQuery::default() },
            FileQuery {
                problem: Some((Part::File, NoCertificates::SeveralKeys)),
                is_answered: true,
                names: vec!["one & 1".to_owned(), "two".to_owned()],
                alias: "three".to_owned(),
                ..FileQuery::default()
            },
            FileQuery {
                draft: Some(DraftId(7)),
                fetched: Some(DraftId(8)),
                key: Some(KeyMatch::Other),
                ..FileQuery::default()
            },
            FileQuery::default(),
        ] {
            let link = query.link();
            assert_eq!(FileQuery::read(link.split_once('?').map_or("", |(_, query)| query)), query, "{link}");
        }
    }

    #[test]
    fn a_link_to_an_explanation_reads_back() {
        let link = explain_link(Some(ProgramId(2)), "request:fail -202:net::ERR & 100%");
        let query = TextQuery::read(link.split_once('?').map_or("", |(_, query)| query));
        let asked = Asked { program: Some(ProgramId(2)), called: None };
        let text = "request:fail -202:net::ERR & 100%".to_owned();
        assert_eq!(query, TextQuery { asked, text, is_blank: false });
    }
}
