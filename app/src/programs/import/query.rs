//! What the page of an import puts into the URL: which text, how to read it, and what was done.

use model::{
    programs::import::{ImportError, ImportOptions, Imported},
    service::{DraftId, ProgramId},
};

use crate::{
    programs::choice::CALLED,
    query::{self, parsed},
};

/// What the page is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportQuery {
    /// The text, as kept.
    pub draft: Option<DraftId>,
    /// How to read it.
    pub options: ImportOptions,
    /// What was typed for a mini program, and is none or more than one.
    pub called: Option<String>,
    /// Why a text was not even kept.
    pub problem: Option<ImportError>,
    /// Whether that text was a file.
    pub in_file: bool,
    /// What was done with the last one.
    pub done: Option<Imported>,
}

impl ImportQuery {
    /// Anything missing or malformed has its default.
    pub fn read(search: &str) -> Self {
        let default = ImportOptions::default();
        let options = ImportOptions {
            format: parsed(search, "format"),
            program: parsed(search, "program"),
            api: parsed(search, "api").unwrap_or(default.api),
            mode: parsed(search, "mode").unwrap_or(default.mode),
            moves: parsed(search, "moves").unwrap_or(default.moves),
        };
        let problem = match query::value(search, "problem").as_deref() {
            Some(EMPTY) => Some(ImportError::Empty),
            Some(TOO_LARGE) => Some(ImportError::TooLarge),
            _ => None,
        };
        let done = match (parsed(search, "registered"), parsed(search, "added"), parsed(search, "removed")) {
            (Some(registered), Some(added), Some(removed)) => Some(Imported { registered, added, removed }),
            _ => None,
        };
        let in_file = problem.is_some() && query::value(search, "in").as_deref() == Some(FILE);
        Self { draft: parsed(search, "draft"), options, called: query::text(search, CALLED), problem, in_file, done }
    }

    /// The path and query that [`Self::read`] understands, with what has its default left out.
    pub fn link(&self) -> String {
        let Self { draft, options, called, problem, in_file, done } = self;
        let default = ImportOptions::default();
        let problem = match problem {
            Some(ImportError::Empty) => Some(EMPTY),
            Some(ImportError::TooLarge) => Some(TOO_LARGE),
            _ => None,
        };
        let count = |part: fn(&Imported) -> usize| done.as_ref().map(|done| part(done).to_string());
        let parts = [
            ("draft", draft.map(|id| id.to_string())),
            ("format", options.format.map(|format| format.as_str().to_owned())),
            ("program", options.program.map(|id| id.to_string())),
            (CALLED, called.clone()),
            ("api", (options.api != default.api).then(|| options.api.to_string())),
            ("mode", (options.mode != default.mode).then(|| options.mode.as_str().to_owned())),
            ("moves", options.moves.then(|| true.to_string())),
            ("problem", problem.map(str::to_owned)),
            ("in", in_file.then(|| FILE.to_owned())),
            ("registered", count(|done| done.registered)),
            ("added", count(|done| done.added)),
            ("removed", count(|done| done.removed)),
        ];
        query::link(PATH, parts)
    }
}

/// The page that imports into one mini program.
pub fn link_for(program: ProgramId) -> String {
    let options = ImportOptions { program: Some(program), ..ImportOptions::default() };
    ImportQuery { options, ..ImportQuery::default() }.link()
}

/// Where the page is.
pub const PATH: &str = "/programs/import";

const EMPTY: &str = "empty";
const TOO_LARGE: &str = "too-large";
const FILE: &str = "file";

#[cfg(test)]
mod tests {
    use model::{
        Api,
        programs::import::{Format, Mode},
    };

    use super::*;

    #[test]
    fn what_a_link_says_is_what_is_read() {
        let options = ImportOptions {
            format: Some(Format::Csv),
            program: Some(ProgramId(3)),
            api: Api::Socket,
            mode: Mode::Replace,
            moves: true,
        };
        let everything = ImportQuery { draft: Some(DraftId(7)), options, ..ImportQuery::default() };
        let refused = ImportQuery { problem: Some(ImportError::TooLarge), ..ImportQuery::default() };
        let file = ImportQuery { problem: Some(ImportError::TooLarge), in_file: true, ..ImportQuery::default() };
        let named = ImportQuery { called: Some("小店 & 2".to_owned()), ..everything.clone() };
        let done = Some(Imported { registered: 0, added: 12, removed: 3 });
        let done = ImportQuery { done, ..ImportQuery::default() };
        for query in [ImportQuery::default(), everything, refused, file, named, done] {
            let link = query.link();
            assert_eq!(ImportQuery::read(link.strip_prefix(PATH).unwrap_or_default()), query, "{link}");
        }
        assert_eq!(ImportQuery::default().link(), PATH);
        assert_eq!(link_for(ProgramId(3)), "/programs/import?program=3");
        let nonsense = "?draft=x&format=pdf&program=y&api=z&mode=1&moves=2&problem=2&added=-1&registered=1&removed=0";
        assert_eq!(ImportQuery::read(nonsense), ImportQuery::default());
    }
}
